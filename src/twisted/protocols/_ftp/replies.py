"""
What a server answers: a key for each kind of answer, and its text.

The three digits are those of RFC 959 section 4.2, RFC 2428 and RFC 4217; where one number has
several texts, a dot and a digit tell the keys apart. Programs name the keys, and give what the
``%s`` of a text stands for.
"""

from __future__ import annotations

from collections.abc import Sequence

# Positive preliminary replies.
RESTART_MARKER_REPLY = "100"
SERVICE_READY_IN_N_MINUTES = "120"
DATA_CNX_ALREADY_OPEN_START_XFR = "125"
FILE_STATUS_OK_OPEN_DATA_CNX = "150"

# Positive completion replies.
CMD_OK = "200.1"
TYPE_SET_OK = "200.2"
ENTERING_PORT_MODE = "200.3"
EPSV_ALL_OK = "200.4"
_protectionSet = "200.5"
_optionSet = "200.6"
CMD_NOT_IMPLMNTD_SUPERFLUOUS = "202"
SYS_STATUS_OR_HELP_REPLY = "211.1"
FEAT_OK = "211.2"
DIR_STATUS = "212"
FILE_STATUS = "213"
HELP_MSG = "214"
NAME_SYS_TYPE = "215"
SVC_READY_FOR_NEW_USER = "220.1"
WELCOME_MSG = "220.2"
SVC_CLOSING_CTRL_CNX = "221.1"
GOODBYE_MSG = "221.2"
DATA_CNX_OPEN_NO_XFR_IN_PROGRESS = "225"
CLOSING_DATA_CNX = "226.1"
TXFR_COMPLETE_OK = "226.2"
_aborted = "226.3"
ENTERING_PASV_MODE = "227"
ENTERING_EPSV_MODE = "229"
USR_LOGGED_IN_PROCEED = "230.1"
GUEST_LOGGED_IN_PROCEED = "230.2"
_authenticating = "234"
REQ_FILE_ACTN_COMPLETED_OK = "250"
_facts = "250.1"
PWD_REPLY = "257.1"
MKD_REPLY = "257.2"

# Positive intermediate replies.
USR_NAME_OK_NEED_PASS = "331.1"
GUEST_NAME_OK_NEED_EMAIL = "331.2"
NEED_ACCT_FOR_LOGIN = "332"
REQ_FILE_ACTN_PENDING_FURTHER_INFO = "350"
_restarting = "350.1"

# Transient negative completion replies.
SVC_NOT_AVAIL_CLOSING_CTRL_CNX = "421.1"
TOO_MANY_CONNECTIONS = "421.2"
CANT_OPEN_DATA_CNX = "425"
CNX_CLOSED_TXFR_ABORTED = "426"
REQ_ACTN_ABRTD_FILE_UNAVAIL = "450"
REQ_ACTN_ABRTD_LOCAL_ERR = "451"
REQ_ACTN_ABRTD_INSUFF_STORAGE = "452"

# Permanent negative completion replies.
SYNTAX_ERR = "500"
SYNTAX_ERR_IN_ARGS = "501"
CMD_NOT_IMPLMNTD = "502.1"
OPTS_NOT_IMPLEMENTED = "502.2"
PASV_IPV6_NOT_IMPLEMENTED = "502.3"
BAD_CMD_SEQ = "503"
CMD_NOT_IMPLMNTD_FOR_PARAM = "504"
_foreignAddress = "504.1"
UNSUPPORTED_NETWORK_PROTOCOL = "522"
NOT_LOGGED_IN = "530.1"
AUTH_FAILURE = "530.2"
_encryptionNeeded = "530.3"
NEED_ACCT_FOR_STOR = "532"
_protectionRefused = "536"
REQ_ACTN_NOT_TAKEN = "550.5"
FILE_NOT_FOUND = "550.1"
PERMISSION_DENIED = "550.2"
ANON_USER_DENIED = "550.3"
IS_NOT_A_DIR = "550.4"
FILE_EXISTS = "550.6"
IS_A_DIR = "550.7"
PAGE_TYPE_UNK = "551"
EXCEEDED_STORAGE_ALLOC = "552"
FILENAME_NOT_ALLOWED = "553"

# A text, or the first and the last line of several.
RESPONSE: dict[str, str | list[str]] = {
    RESTART_MARKER_REPLY: "110 The transfer can be taken up again from this mark",
    SERVICE_READY_IN_N_MINUTES: "120 Come back in %s minutes",
    DATA_CNX_ALREADY_OPEN_START_XFR: "125 Data connection already open, starting transfer",
    FILE_STATUS_OK_OPEN_DATA_CNX: "150 The file is there; the data connection will be opened",
    CMD_OK: "200 Command OK",
    TYPE_SET_OK: "200 Type set to %s.",
    ENTERING_PORT_MODE: "200 PORT OK",
    EPSV_ALL_OK: "200 EPSV ALL OK",
    _protectionSet: "200 Data connections: %s",
    _optionSet: "200 %s",
    CMD_NOT_IMPLMNTD_SUPERFLUOUS: "202 There is no need for this command here",
    SYS_STATUS_OR_HELP_REPLY: "211 All is well",
    FEAT_OK: ["211-Features:", "211 End"],
    DIR_STATUS: "212 %s",
    FILE_STATUS: "213 %s",
    HELP_MSG: "214 Commands: %s",
    NAME_SYS_TYPE: "215 UNIX Type: L8",
    SVC_READY_FOR_NEW_USER: "220 Ready for the next user",
    WELCOME_MSG: "220 %s",
    SVC_CLOSING_CTRL_CNX: "221 The control connection is being closed",
    GOODBYE_MSG: "221 Goodbye.",
    DATA_CNX_OPEN_NO_XFR_IN_PROGRESS: "225 The data connection is open, and nothing is on it",
    CLOSING_DATA_CNX: "226 That is done; the data connection is being closed",
    TXFR_COMPLETE_OK: "226 Transfer Complete.",
    _aborted: "226 Nothing is being transferred",
    ENTERING_PASV_MODE: "227 Entering Passive Mode (%s).",
    # RFC 2428 section 3 has this sentence, and clients look for its brackets.
    ENTERING_EPSV_MODE: "229 Entering Extended Passive Mode (|||%s|)",
    USR_LOGGED_IN_PROCEED: "230 User logged in, proceed",
    GUEST_LOGGED_IN_PROCEED: "230 Anonymous login ok, access restrictions apply.",
    _authenticating: "234 Begin TLS",
    REQ_FILE_ACTN_COMPLETED_OK: "250 Requested File Action Completed OK",
    _facts: ["250-Facts:", "250 End"],
    PWD_REPLY: '257 "%s"',
    MKD_REPLY: '257 "%s" created',
    USR_NAME_OK_NEED_PASS: "331 Password required for %s.",
    GUEST_NAME_OK_NEED_EMAIL: "331 Guests are welcome: your email address is the password",
    NEED_ACCT_FOR_LOGIN: "332 An account is wanted to log in",
    REQ_FILE_ACTN_PENDING_FURTHER_INFO: "350 Requested file action pending further information.",
    _restarting: "350 The next transfer begins at byte %s",
    SVC_NOT_AVAIL_CLOSING_CTRL_CNX: "421 No service now; the control connection is being closed",
    TOO_MANY_CONNECTIONS: "421 There are as many users as there may be; come back later",
    CANT_OPEN_DATA_CNX: "425 Can't open data connection.",
    CNX_CLOSED_TXFR_ABORTED: "426 Transfer aborted.  Data connection closed.",
    REQ_ACTN_ABRTD_FILE_UNAVAIL: "450 The file is in use",
    REQ_ACTN_ABRTD_LOCAL_ERR: "451 Something went wrong here",
    REQ_ACTN_ABRTD_INSUFF_STORAGE: "452 There is too little room left",
    SYNTAX_ERR: "500 Syntax error: %s",
    SYNTAX_ERR_IN_ARGS: "501 syntax error in argument(s) %s.",
    CMD_NOT_IMPLMNTD: "502 Command '%s' not implemented",
    OPTS_NOT_IMPLEMENTED: "502 Option '%s' not implemented.",
    PASV_IPV6_NOT_IMPLEMENTED: "502 PASV speaks IPv4 only: EPSV serves here",
    BAD_CMD_SEQ: "503 Incorrect sequence of commands: %s",
    CMD_NOT_IMPLMNTD_FOR_PARAM: "504 Not implemented for parameter '%s'.",
    _foreignAddress: "504 Data is sent to your own address only, and to no port below %s",
    UNSUPPORTED_NETWORK_PROTOCOL: "522 Network protocol not supported, use (%s)",
    NOT_LOGGED_IN: "530 Please login with USER and PASS.",
    AUTH_FAILURE: "530 Sorry, Authentication failed.",
    _encryptionNeeded: "530 Encryption is wanted first: AUTH TLS",
    NEED_ACCT_FOR_STOR: "532 An account is wanted to store files",
    _protectionRefused: "536 This protection of data connections is not on offer",
    REQ_ACTN_NOT_TAKEN: "550 Requested action not taken: %s",
    FILE_NOT_FOUND: "550 %s: No such file or directory.",
    PERMISSION_DENIED: "550 %s: Permission denied.",
    ANON_USER_DENIED: "550 Guests cannot change anything here",
    IS_NOT_A_DIR: "550 %s: is not a directory",
    FILE_EXISTS: "550 %s: File exists",
    IS_A_DIR: "550 %s: is a directory",
    PAGE_TYPE_UNK: "551 This page type is not known here",
    EXCEEDED_STORAGE_ALLOC: "552 There is more than the room that was set aside",
    FILENAME_NOT_ALLOWED: "553 This name is not allowed",
}


def replyLines(key: str, *args: object, middle: Sequence[str] = ()) -> list[str]:
    """
    Write a reply out.

    Args:
        key: one of the keys above.
        args: what the text's ``%s`` stand for.
        middle: for a reply of several lines, what goes between the first and the last.
    Returns: lines without their ends. A line end within an argument becomes a blank, so that it
        cannot begin a reply of its own.
    """
    text = RESPONSE[key]
    if isinstance(text, str):
        filled = text % args if args else text
        return [" ".join(filled.splitlines())]
    first, last = text
    return [first, *(f" {' '.join(line.splitlines())}" for line in middle), last]
