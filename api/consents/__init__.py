"""The API of consent that people gave or took back to somebody of ours."""
