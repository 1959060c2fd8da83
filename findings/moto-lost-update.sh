#!/usr/bin/env bash
# moto 5.2.5 (PyPI): some conditions of S3 are kept and some are ignored, so a test against it proves half of an edit
# November 2026, Python 3.11, boto3 1.44.8
#
# One would guess: a server that answers 412 to a PutObject whose If-Match is of another version does so wherever S3 has
# that condition.
#
# Seen: PutObject keeps If-Match, and CompleteMultipartUpload keeps If-None-Match. Ignored without a word are If-Match of
# CompleteMultipartUpload (an update in between is lost) and x-amz-copy-source-if-match of UploadPartCopy. A copied range
# that reaches past the end of its source is cut short, where S3 answers InvalidRange. A test of optimistic locking has to look
# at the requests that were sent, not at what this server answers.
set -euo pipefail
tmp=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$tmp"' EXIT; cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'moto[server]==5.2.5' boto3==1.44.8
venv/bin/moto_server -H 127.0.0.1 -p 15871 >server.log 2>&1 & server=$!

cat > run.py <<'PY'
import socket
import time

import boto3
from botocore.exceptions import ClientError

for _ in range(300):
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 15871)) == 0:
            break
    time.sleep(0.2)
s3 = boto3.client("s3", endpoint_url="http://127.0.0.1:15871", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
s3.create_bucket(Bucket="films")
MIB = 1 << 20
OTHER = '"00000000000000000000000000000000"'
s3.put_object(Bucket="films", Key="film", Body=bytes(6 * MIB))


def attempt(name, call):
    try:
        call()
        print(f"{name}: done")
    except ClientError as error:
        print(f"{name}: {error.response['ResponseMetadata']['HTTPStatusCode']}")


def upload(**condition):
    made = {"Bucket": "films", "Key": "film"}
    made["UploadId"] = s3.create_multipart_upload(**made)["UploadId"]
    part = s3.upload_part(**made, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(**made, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}, **condition)


def copied(key, span, **condition):
    made = {"Bucket": "films", "Key": key}
    made["UploadId"] = s3.create_multipart_upload(**made)["UploadId"]
    part = s3.upload_part_copy(**made, PartNumber=1, CopySource="films/film", CopySourceRange=span, **condition)
    s3.complete_multipart_upload(**made, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]})


attempt("PutObject, If-Match of another version", lambda: s3.put_object(Bucket="films", Key="film", Body=b"", IfMatch=OTHER))
attempt("CompleteMultipartUpload, If-None-Match: *", lambda: upload(IfNoneMatch="*"))
attempt("UploadPartCopy, source If-Match of another version", lambda: copied("copy", f"bytes=0-{6 * MIB - 1}", CopySourceIfMatch=OTHER))
attempt("UploadPartCopy, a range of 6 MiB from 5 MiB on, of 6 MiB", lambda: copied("tail", f"bytes={5 * MIB}-{11 * MIB - 1}"))
print("  bytes copied:", s3.head_object(Bucket="films", Key="tail")["ContentLength"])
attempt("CompleteMultipartUpload, If-Match of another version", lambda: upload(IfMatch=OTHER))
PY

venv/bin/python run.py | tee seen
diff - seen <<'SEEN'
PutObject, If-Match of another version: 412
CompleteMultipartUpload, If-None-Match: *: 412
UploadPartCopy, source If-Match of another version: done
UploadPartCopy, a range of 6 MiB from 5 MiB on, of 6 MiB: done
  bytes copied: 1048576
CompleteMultipartUpload, If-Match of another version: done
SEEN
