"""The command `triptych explain`: its question read, and its report in words, tables, a picture and JSON."""
