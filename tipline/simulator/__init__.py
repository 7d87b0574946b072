"""A pretend carrier that stands in for Twilio, for trying and testing Tipline.

It speaks the part of Twilio's 2010-04-01 REST API that Tipline uses, posts signed webhooks, and
shows a phone on a page. Everything is kept in memory and forgotten at the end. It imports no other
room, so that what it says about the gateway was not written with the gateway's own code.
"""
