"""Access exports, erasure and retention."""
