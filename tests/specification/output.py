"""The outputs of a step with a sample as a value; the kernel packs samples into records at once."""

from __future__ import annotations

from stream.core.output import Change, Membership, Profile, Rejection, Sample

Output = Change | Membership | Profile | Sample | Rejection
