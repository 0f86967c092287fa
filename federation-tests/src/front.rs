//! A load balancer in front of several nodes: forwards each new connection to the next node that responds.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// A running load balancer; stops when dropped.
#[derive(Debug)]
pub struct Front {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    served: Arc<Vec<AtomicUsize>>,
}

impl Front {
    /// Starts a load balancer on a loopback port for these nodes.
    pub fn start(port: u16, nodes: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
        let address = listener.local_addr().expect("bound");
        let stopped = Arc::new(AtomicBool::new(false));
        let served: Arc<Vec<AtomicUsize>> = Arc::new(nodes.iter().map(|_| AtomicUsize::new(0)).collect());
        let (stop, counts) = (Arc::clone(&stopped), Arc::clone(&served));
        thread::spawn(move || {
            for (number, client) in listener.incoming().flatten().enumerate() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                for attempt in 0..nodes.len() {
                    let node = (number + attempt) % nodes.len();
                    if let Ok(server) = TcpStream::connect(nodes[node]) {
                        counts[node].fetch_add(1, Ordering::Relaxed);
                        let _ = join(client, server);
                        break;
                    }
                }
            }
        });
        Self { address, stopped, served }
    }

    /// Returns the number of connections of each node.
    pub fn served(&self) -> Vec<usize> {
        self.served.iter().map(|count| count.load(Ordering::Relaxed)).collect()
    }
}

fn join(client: TcpStream, server: TcpStream) -> io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    for (mut from, mut to) in [(client.try_clone()?, server.try_clone()?), (server, client)] {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
    Ok(())
}

impl Drop for Front {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}
