from .base import Moment, StepForm, text_field
from .files import SearchForm, UploadForm
from .steps import (
    AcceptForm,
    CloseForm,
    CorrectForm,
    ReplyForm,
    RevealForm,
    ReviewForm,
    SignForm,
    TransferForm,
    UrgeForm,
)

__all__ = [
    "AcceptForm",
    "CloseForm",
    "CorrectForm",
    "Moment",
    "ReplyForm",
    "RevealForm",
    "ReviewForm",
    "SearchForm",
    "SignForm",
    "StepForm",
    "TransferForm",
    "UploadForm",
    "UrgeForm",
    "text_field",
]
