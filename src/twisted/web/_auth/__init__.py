"""The rooms behind `twisted.web.guard`."""
