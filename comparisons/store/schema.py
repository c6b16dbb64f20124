"""The tables of a store, and how it is opened."""

import sqlite3
from pathlib import Path

RUN_DB = "run.db"
APPLICATION = 0x54726970  # "Trip", by which SQLite's files are told apart (https://www.sqlite.org/fileformat2.html)
VERSION = 1  # of the tables

TABLES = """
CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT UNIQUE NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL,
    head TEXT NOT NULL, body BLOB NOT NULL, checked INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS job_name ON job (name);
CREATE TABLE IF NOT EXISTS note (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL, head TEXT NOT NULL, checked INTEGER NOT NULL);
"""
PUT = "INSERT OR REPLACE INTO job (digest, name, content, head, body, checked) VALUES (?, ?, ?, ?, ?, ?)"
GET = "SELECT head, body, checked FROM job WHERE digest = ?"
AMONG = "SELECT digest FROM job WHERE digest IN (SELECT value FROM json_each(?))"
LATEST = "SELECT content FROM job WHERE name = ? ORDER BY id DESC LIMIT 1"
NOTE = "INSERT OR REPLACE INTO note (name, head, checked) VALUES (?, ?, ?)"
UNNOTE = "DELETE FROM note WHERE name = ?"
NOTED = "SELECT head, checked FROM note WHERE name = ?"


def opened(file: Path, wait: float) -> sqlite3.Connection:
    """A connection to write with; the tables are made if need be.

    Each statement is a transaction of its own. A write-ahead log that is not waited for is safe where the process ends
    at any moment; where the machine loses power, the last rows may be lost, and no others.
    """
    connection = sqlite3.connect(file, timeout=wait, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        mark = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"
        connection.executescript(f"BEGIN IMMEDIATE; {mark} {TABLES} COMMIT;")  # all of it is there, or nothing
    except BaseException:
        connection.close()
        raise
    return connection
