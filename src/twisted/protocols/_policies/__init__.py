"""The rooms behind `twisted.protocols.policies`: one for each kind of policy."""
