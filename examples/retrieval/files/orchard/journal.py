"""What was watered, kept in a database."""

import sqlite3

SCHEMA = "CREATE TABLE IF NOT EXISTS watered (bed TEXT, started TEXT, minutes INTEGER, litres REAL)"


class Journal:
    def __init__(self, path):
        self._connection = sqlite3.connect(path)
        self._connection.execute(SCHEMA)

    def add(self, slot, litres):
        row = (slot.bed, slot.start.isoformat(), slot.minutes, litres)
        self._connection.execute("INSERT INTO watered VALUES (?, ?, ?, ?)", row)
        self._connection.commit()

    def since(self, day):
        found = self._connection.execute("SELECT * FROM watered WHERE started >= ?", (day.isoformat(),))
        return found.fetchall()

    def close(self):
        self._connection.close()
