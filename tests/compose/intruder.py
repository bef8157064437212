"""What somebody gets who has a login and tries more than it is for. Asked from outside, as any
program on this machine could.
"""

from pathlib import Path
from typing import Any

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)

from ops.access.broker import opens
from ops.login import admin_client
from shared.login import Login, librdkafka_options, read_login

SECONDS = 20.0
READS, NO_TOPIC, NO_GROUP = "reads", "TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED"

# Run inside a service's container: its own login, where it may and where it may not.
MONGO_PROBE = """
import pathlib, sys
from pymongo import MongoClient
from pymongo.errors import OperationFailure
me, other = sys.argv[1:]
password = pathlib.Path(f"/run/womanup/mongo-{me}").read_text()
def ask(host, database, **login):
    where = f"mongodb://mongo-{host}:27017/womanup_{me}?directConnection=true"
    with MongoClient(where, **login) as client:
        try:
            client[database].journal.count_documents({})
        except OperationFailure as error:
            return error.code
        return "reads"
mine = {"username": me, "password": password}
print(
    ask(me, f"womanup_{me}", **mine),
    ask(me, f"womanup_{other}", **mine),
    ask(me, "admin", **mine),
    ask(other, f"womanup_{other}", **mine),
    ask(other, f"womanup_{other}"),
)
"""
NOT_AUTHORIZED, NOT_AUTHENTICATED = 13, 18


def login_from(folder: Path, user: str, file: str | None = None) -> Login:
    login = read_login(user, folder / "secrets" / (file or f"kafka-{user}"))
    assert login is not None
    return login


def read(kafka: str, login: Login, topic: str) -> str:
    """`reads`, an empty topic, too; else Kafka's word for the refusal. There is no question of a
    group: a partition is asked for from its beginning, and nothing is committed.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": login.user,
            "enable.partition.eof": True,
            "log_level": 0,
            **librdkafka_options(login),
        }
    )
    try:
        hidden = consumer.list_topics(topic, SECONDS).topics[topic].error
        if hidden is not None:
            return str(hidden.name())
        consumer.assign([TopicPartition(topic, 0, 0)])
        while True:
            message = consumer.poll(SECONDS)
            assert message is not None, "no answer"
            error = message.error()
            if error is None or error.code() == KafkaError._PARTITION_EOF:
                return READS
            # librdkafka looks for its group, whether it is used or not.
            if error.name() != NO_GROUP:
                return str(error.name())
    finally:
        consumer.close()


def write(kafka: str, login: Login, topic: str) -> str:
    """Kafka's word for the refusal."""
    producer = Producer({"bootstrap.servers": kafka, "log_level": 0, **librdkafka_options(login)})
    said: list[Any] = []
    producer.produce(topic, b"planted", on_delivery=lambda error, _: said.append(error))
    producer.flush(SECONDS)
    return said[0].name() if said and said[0] else "written"


def look_at_group(kafka: str, login: Login, group: str) -> str:
    admin = admin_client(kafka, login)
    asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
    try:
        asked[group].result(SECONDS)
    except KafkaException as error:
        return str(error.args[0].name())
    return READS


async def is_let_in(kafka: str, login: Login | None) -> bool:
    return await opens(kafka, login)
