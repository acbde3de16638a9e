"""Chances of conversion: trained, put into use, explained."""
