"""The broker is away for minutes while people apply: what is to be told waits in the store.

`command` plays it, `hoard` is its planted fault: a service that keeps in memory what it stores.
"""
