"""The door over HTTP: sign-in, commands and queries for programs, and the one gate that stands before every byte."""
