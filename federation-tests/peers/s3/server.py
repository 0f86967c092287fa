"""An object store that speaks S3 (moto), with one empty bucket. Ends when its standard input closes."""

import logging
import os
import sys

import boto3
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
port = int(os.environ["S3_PORT"])
server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
server.start()
client = boto3.client(
    "s3",
    endpoint_url=f"http://127.0.0.1:{port}",
    region_name="us-east-1",
    aws_access_key_id=os.environ["S3_ACCESS_KEY"],
    aws_secret_access_key=os.environ["S3_SECRET_KEY"],
)
client.create_bucket(Bucket=os.environ["S3_BUCKET"])
print("ready", flush=True)
sys.stdin.read()
server.stop()
