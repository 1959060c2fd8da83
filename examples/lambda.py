"""A function an object: the PlayReady Headers of an S3 object changed by Lambda, from S3 Batch Operations or Step Functions.

Environment: LA_URL, the new license URL; RUN, the name of the run; RECORDS, the bucket that old objects are kept in.
Needs boto3 and the wheel of prkit: pip install --target package ./crates/python; cd package; zip -r ../function.zip .

Both services call it again when they do not know whether it ended. So the run is written down in the metadata of the
object by the same request as its bytes, and the old object is kept under a key of its own before: whoever comes second
sees the one, and does not replace the other. Both hold where the store refuses by If-Match and If-None-Match, as S3 does.
"""

import hashlib
import os
import urllib.parse

import boto3
import botocore.exceptions

import prkit

#: Whole objects are held in memory here: init segments and segments, no films.
MAX_SIZE = 256 * 1024 * 1024
MARK = "prkit-run"
#: What a new object has to be told of the old one.
KEPT = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "StorageClass")
KEPT += ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled", "WebsiteRedirectLocation")


def client():
    return boto3.client("s3", endpoint_url=os.environ.get("S3_ENDPOINT"))


def record_of(run: str, bucket: str, key: str) -> str:
    return f"runs/{run}/{hashlib.sha256(f'{bucket}/{key}'.encode()).hexdigest()}"


def refused(error: botocore.exceptions.ClientError) -> bool:
    """Whether a condition did not hold."""
    return error.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412)


def reheader(s3, bucket: str, key: str, change: prkit.Change, run: str, records: str) -> str:
    """Changes an object once a run; says what was done: changed, unchanged, or already."""
    found = s3.get_object(Bucket=bucket, Key=key)
    if found["Metadata"].get(MARK) == run:
        return "already"
    if found["ContentLength"] > MAX_SIZE:
        raise ValueError(f"the object has {found['ContentLength']} bytes, and {MAX_SIZE} are held in memory at most")
    old = found["Body"].read()
    new = prkit.reheader(old, change)
    if new == old:
        return "unchanged"
    kept = {name: found[name] for name in KEPT if name in found}
    if found.get("TagCount"):
        tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        kept["Tagging"] = urllib.parse.urlencode([(tag["Key"], tag["Value"]) for tag in tags])
    about = {"bucket": urllib.parse.quote(bucket), "key": urllib.parse.quote(key)}
    try:
        s3.put_object(Bucket=records, Key=record_of(run, bucket, key), Body=old, Metadata=about, IfNoneMatch="*")
    except botocore.exceptions.ClientError as error:
        # An earlier attempt kept it, and did not come to its end.
        if not refused(error):
            raise
    marked = {**found["Metadata"], MARK: run}
    s3.put_object(Bucket=bucket, Key=key, Body=new, Metadata=marked, IfMatch=found["ETag"], **kept)
    return "changed"


def undo(s3, run: str, records: str) -> int:
    """Puts back every object of a run that is still as the run left it; returns how many."""
    count = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=records, Prefix=f"runs/{run}/"):
        for item in page.get("Contents", ()):
            kept = s3.get_object(Bucket=records, Key=item["Key"])
            bucket, key = (urllib.parse.unquote(kept["Metadata"][name]) for name in ("bucket", "key"))
            now = s3.head_object(Bucket=bucket, Key=key)
            if now["Metadata"].get(MARK) != run:
                continue
            more = {name: now[name] for name in KEPT if name in now}
            if now.get("TagCount"):
                tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
                more["Tagging"] = urllib.parse.urlencode([(tag["Key"], tag["Value"]) for tag in tags])
            unmarked = {name: value for name, value in now["Metadata"].items() if name != MARK}
            s3.put_object(Bucket=bucket, Key=key, Body=kept["Body"].read(), Metadata=unmarked, IfMatch=now["ETag"], **more)
            count += 1
    return count


def objects(event: dict) -> list[tuple[str, str, str]]:
    """The objects of an event, each with the ID that its answer carries."""
    if "tasks" in event:
        bucket = lambda task: task.get("s3Bucket") or task["s3BucketArn"].rpartition(":")[2]
        return [(task["taskId"], bucket(task), urllib.parse.unquote_plus(task["s3Key"])) for task in event["tasks"]]
    return [("", event["bucket"], event["key"])]


def handler(event: dict, _context: object) -> dict:
    change = prkit.Change(la_url=os.environ["LA_URL"])
    s3, results = client(), []
    for task, bucket, key in objects(event):
        try:
            code, said = "Succeeded", reheader(s3, bucket, key, change, os.environ["RUN"], os.environ["RECORDS"])
        except (prkit.Error, ValueError) as error:
            code, said = "PermanentFailure", str(error)
        except botocore.exceptions.ClientError as error:
            # Somebody wrote to it meanwhile, or the service is busy: the next attempt looks at it anew.
            code, said = "TemporaryFailure", str(error)
        results.append({"taskId": task, "resultCode": code, "resultString": said[:1024]})
    if "tasks" not in event:
        if results[0]["resultCode"] != "Succeeded":
            raise RuntimeError(results[0]["resultString"])
        return {"bucket": event["bucket"], "key": event["key"], "state": results[0]["resultString"]}
    return {
        "invocationSchemaVersion": event["invocationSchemaVersion"],
        "treatMissingKeysAs": "PermanentFailure",
        "invocationId": event["invocationId"],
        "results": results,
    }
