"""The rooms behind `twisted.web.http`: HTTP/1 as a server speaks it."""
