"""The rooms behind `twisted.web.client` and `twisted.web._newclient`."""
