"""Where twist and twistd look for services: the plugins of this folder."""

from twisted.application.service import ServiceMaker
from twisted.application.servicetypes import ServiceType

shout = ServiceType("shout", "shout.ShoutSettings", "Answers lines in capitals.")

shoutd = ServiceMaker("Shout", "shout", "Answers lines in capitals.", "shoutd")
