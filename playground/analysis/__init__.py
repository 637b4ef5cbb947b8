"""Analysis: numbers about codecs, from arrays alone."""
