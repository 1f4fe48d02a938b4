"""The input of every command, one file an area. Unknown fields are refused; codes and numbers are what people type."""
