//! Routes handlers without their types.
//!
//! axum compiles about twenty functions for each type of handler: cloning, boxing, calling it with its state, and the
//! service and the future around it. With some 470 handlers that was a good part of the edges' machine code. Here a
//! handler becomes one boxed function before it reaches the router, so that only the handler itself is compiled.
//!
//! [`get`], [`post`] and their kin are for the client API and describe the handler in the OpenAPI document;
//! [`erased`] is for routes without a description.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::ApiMethodRouter;
use aide::operation::OperationHandler;
use aide::{OperationInput, OperationOutput};
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler of any type, as one type.
pub struct ErasedHandler<S>(Arc<dyn Fn(Request, S) -> Answering + Send + Sync>);

impl<S> Clone for ErasedHandler<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: 'static> Handler<(), S> for ErasedHandler<S> {
    type Future = Answering;

    fn call(self, request: Request, state: S) -> Answering {
        (self.0)(request, state)
    }
}

impl<I: OperationInput, O: OperationOutput> OperationHandler<I, O> for ErasedHandler<()> {}

/// Erases the type of a handler. The router behaves as with the handler itself.
pub fn erased<H, T, S>(handler: H) -> ErasedHandler<S>
where
    H: Handler<T, S, Future = Answering>,
    S: 'static,
{
    ErasedHandler(Arc::new(move |request, state| handler.clone().call(request, state)))
}

/// The documented handlers of one path, by method.
#[must_use]
pub struct Methods(ApiMethodRouter<(), Infallible>);

macro_rules! methods {
    ($($name:ident)*) => {$(
        #[doc = concat!("Starts the handlers of a path with the one of `", stringify!($name), "`.")]
        pub fn $name<H, T, I, O>(handler: H) -> Methods
        where
            H: Handler<T, (), Future = Answering> + OperationHandler<I, O>,
            I: OperationInput,
            O: OperationOutput,
        {
            Methods(aide::axum::routing::$name::<_, I, O, (), ()>(erased(handler)))
        }
    )*

    impl Methods {$(
        #[doc = concat!("Adds the handler of `", stringify!($name), "`.")]
        pub fn $name<H, T, I, O>(self, handler: H) -> Self
        where
            H: Handler<T, (), Future = Answering> + OperationHandler<I, O>,
            I: OperationInput,
            O: OperationOutput,
        {
            Self(self.0.$name::<_, I, O, ()>(erased(handler)))
        }
    )*}};
}

methods! { get post put patch delete }

/// Adds documented handlers to a router.
pub trait Documented: Sized {
    /// Routes a path to its handlers.
    fn endpoint(self, path: &str, methods: Methods) -> Self;
}

impl Documented for ApiRouter {
    fn endpoint(self, path: &str, methods: Methods) -> Self {
        self.api_route(path, methods.0)
    }
}
