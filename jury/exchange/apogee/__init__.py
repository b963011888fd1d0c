"""The round trip with Apogée: its file read, our results put in its cells, everything else byte for byte."""
