"""Backup and restore of one service's store, and the way on from one that is older than its topic.

`archive` is the form on disk, `database` MongoDB, `group` Kafka's offsets, `command` the commands.
No `mongodump`: neither its image nor its rights are needed, and the files are in its form anyway
(docs/decisions/0017-backup-restore-takeover.md).
"""
