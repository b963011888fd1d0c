"""The jury: sessions, members, decisions taken by people, results, and the versions of the PV."""

from .decisions import Act, ActQuerySet, Adoption, Decision, UsualMotive
from .documents import Batch, Issued, Minutes, MinutesRevision, Piece, Printed
from .exchange import ApogeeCode, ApogeeElement, ApogeeUpload
from .freezes import Freeze
from .ledger import Recheck, Result
from .letters import DocumentChoices, Handwriting, Letterhead, LetterText, png_address
from .room import MemberRemark, RoomPreference, RoomState
from .sittings import Correction, Member, Session

__all__ = [
    "Act",
    "ActQuerySet",
    "Adoption",
    "ApogeeCode",
    "ApogeeElement",
    "ApogeeUpload",
    "Batch",
    "Correction",
    "Decision",
    "DocumentChoices",
    "Freeze",
    "Handwriting",
    "Issued",
    "LetterText",
    "Letterhead",
    "Member",
    "MemberRemark",
    "Minutes",
    "MinutesRevision",
    "Piece",
    "Printed",
    "Recheck",
    "Result",
    "RoomPreference",
    "RoomState",
    "Session",
    "UsualMotive",
    "png_address",
]
