"""Jobs for a real RQ worker, and what puts them into a queue: python3 peer.py take QUEUE COUNT MS (REDIS_URL).

Each notes in `began` and `done` that it ran. The worker imports them from this folder.
"""
import os
import sys
import time

from redis import Redis
from rq import Queue


def connect():
    return Redis.from_url(os.environ['REDIS_URL'])


def take(n, ms):
    redis = connect()
    redis.rpush('began', n)
    time.sleep(ms / 1000)
    redis.rpush('done', n)


if __name__ == '__main__':
    _, verb, name, count, ms = sys.argv
    queue = Queue(name, connection=connect())
    for n in range(int(count)):
        # By its name in the module that the worker imports; here the function would belong to __main__.
        queue.enqueue('peer.take', n, int(ms))
