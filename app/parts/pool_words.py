"""The words of the 指标池 page. ``w("key")`` answers in the visitor's language."""

# ruff: noqa: E501  # a sentence is one line
from __future__ import annotations

from app.words import pick

_WORDS: dict[str, tuple[str, str]] = {
    "page": ("指标池", "Offset pool"),
    "lead": ("每一平方米只用一次：余额、到期、流向和每一笔凭证。", "Every square metre is used once: balances, dues, flows and each entry."),
    "none": ("这里还没有台账", "There is no ledger here yet"),
    "none_text": ("台账是一个独立文件：{place}。填写建账依据后建立；以后的每一笔都记在里面，不改不删。",
                  "The ledger is a file of its own: {place}. Name the document it is based on; every later act is kept there and never changed."),
    "short_paddy": ("水田", "paddy"), "short_kg": ("产能", "kg"),
    "make": ("建立台账", "Make the ledger"),
    "basis": ("依据文号", "Basis document"),
    "reason": ("事由", "Reason"),
    "sign_in": ("登录", "Sign in"),
    "sign_in_text": ("本台账须登录后查看。", "This ledger needs a sign-in."),
    "who": ("当前用户 {who}", "You are {who}"),
    "local": ("单机模式", "single-user mode"),
    "as_of": ("生效日截至", "Effective up to"),
    "recorded": ("记录时间截至（北京时间）", "As recorded up to the end of (Beijing)"),
    "recorded_help": ("选过去的日期，看当时打印出来的样子；以后补记的凭证不影响它。", "Choose a past day to see what would have been printed then; later entries do not change it."),
    "available": ("可用", "Available"), "reserved": ("已预留", "Reserved"), "due": ("90 天内到期", "Due in 90 days"), "overdue": ("逾期", "Overdue"),
    "tab_balance": ("余额", "Balances"), "tab_flow": ("流向", "Flows"), "tab_due": ("到期", "Due"), "tab_register": ("台账", "Register"),
    "tab_reserve": ("储备图斑", "Reserve parcels"), "tab_act": ("办理", "Act"), "tab_approve": ("待审批", "To approve"),
    "reserved_for": ("已预留的项目", "Reserved for projects"), "ageing": ("可用指标的库龄", "Age of what is available"),
    "asset": ("指标", "Asset"), "nothing_yet": ("还没有指标。", "Nothing is in the pool yet."), "nothing_flows": ("还没有发生额。", "Nothing has moved yet."),
    "nothing_due": ("一年内没有到期事项。", "Nothing falls due within a year."), "search": ("搜索编号、事由、文号、项目、人员", "Search numbers, reasons, documents, projects, people"),
    "pick": ("选一行看凭证", "Choose a row to see its receipt"), "receipt": ("凭证", "Receipt"), "posted": ("已记账", "Posted"), "pending": ("待审批", "Waits for approval"),
    "again": ("这张表单已经记过账，没有再记。", "This form was posted already; nothing was added."),
    "act": ("事项", "Act"), "submit": ("记账", "Post"), "lot": ("批次编号", "Lot"), "name": ("名称", "Name"), "county": ("县（区）", "County"),
    "project": ("项目编号", "Project"), "ha": ("数量 公顷", "Quantity, ha"), "kg": ("粮食产能 千克", "Capacity, kg"), "paddy": ("水田 公顷", "Paddy, ha"),
    "pbf": ("储备图斑 公顷", "Reserve, ha"), "quota": ("周转指标 公顷", "Quota, ha"), "parcels": ("图斑（每行 编号=公顷）", "Parcels (one a line, number=ha)"),
    "accepted": ("验收（批准）日期", "Accepted (approved) on"), "expires": ("失效日期", "Expires on"), "due_on": ("到期日", "Due on"), "government": ("责任政府", "Responsible government"),
    "mechanism": ("承诺机制", "Mechanism"), "promise": ("承诺编号", "Promise"), "loan": ("借据编号", "Loan"), "to_county": ("调往", "To county"), "code": ("新批次编号", "New lot"),
    "coefficient": ("调剂系数", "Coefficient"), "number": ("凭证号", "Receipt number"), "effective": ("生效日（空为今日）", "Effective on (empty: today)"),
    "optional_lot": ("批次（空为先入先出）", "Lot (empty: oldest first)"), "empty_all": ("数额留空即全部", "leave amounts empty for all"),
    "approve": ("通过", "Approve"), "reject": ("退回", "Reject"), "nothing_open": ("没有待审批的申请。", "Nothing waits for approval."),
    "upload": ("导入已有指标（XLSX）", "Import an existing pool (XLSX)"), "template": ("空表", "Empty sheet"), "do_import": ("全部导入", "Import all"),
    "print": ("打印台账", "Print the register"), "sound": ("共 {n} 笔，链首 {head}", "{n} entries, head {head}"), "state": ("状态", "State"),
    "free": ("可用", "free"), "locked": ("锁定", "locked"), "spent": ("已补划", "spent"), "day": ("日期", "Day"), "amount": ("数额", "Amount"),
    "actor": ("经办", "Actor"), "approver": ("审批", "Approver"), "hash": ("哈希", "Hash"), "regime": ("制度", "Regime"), "legs": ("分录", "Legs"), "recorded_at": ("记录时间", "Recorded"),
    "age_1": ("1 年内", "under 1 year"), "age_2": ("1–3 年", "1–3 years"), "age_3": ("3–5 年", "3–5 years"), "age_4": ("5 年以上", "over 5 years"),
    "reversed": ("已冲销", "reversed"), "left": ("尚余", "Left"), "days": ("天", "days"), "days_late": ("逾期 {n} 天", "{n} days late"), "days_left": ("还有 {n} 天", "in {n} days"),
}  # fmt: skip


def w(key: str, **values: object) -> str:
    """The words of a key. Raises KeyError for an unknown key."""
    text = pick(*_WORDS[key])
    return text.format(**values) if values else text
