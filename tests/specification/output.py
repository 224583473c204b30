"""Outputs of the specification: values throughout. The compiled core gives a sample as the bytes of its record."""

from stream.core.output import Change, Membership, Profile, Rejection, Sample

Output = Change | Membership | Profile | Sample | Rejection
