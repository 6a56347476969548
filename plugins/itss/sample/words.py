"""What the sample tickets say: services, titles in two languages, teams, causes. Data, no logic."""

from __future__ import annotations

SERVICES: dict[str, float] = {
    "邮件 Email": 0.20,
    "办公网络 Network": 0.18,
    "ERP": 0.17,
    "桌面 Desktop": 0.24,
    "VPN": 0.11,
    "CRM": 0.10,
}
"""Share of the incidents by service."""

CUSTOMERS = {"总部": 0.55, "华东分公司": 0.27, "华南分公司": 0.18}

TEAMS = {
    "邮件 Email": "应用组 Applications",
    "办公网络 Network": "网络组 Network",
    "ERP": "应用组 Applications",
    "桌面 Desktop": "服务台 Service desk",
    "VPN": "网络组 Network",
    "CRM": "应用组 Applications",
}

TITLES: dict[str, tuple[tuple[str, str], ...]] = {
    "邮件 Email": (
        ("故障", "邮件无法发送,提示超时"),
        ("故障", "Mailbox does not synchronise on the phone"),
        ("性能", "邮件收取缓慢"),
        ("故障", "附件大于 20 MB 时发送失败"),
        ("权限", "Shared mailbox: access denied"),
    ),
    "办公网络 Network": (
        ("故障", "三楼会议室无线网络中断"),
        ("性能", "访问内网缓慢"),
        ("故障", "Switch port flapping on floor 5"),
        ("配置", "新工位网口不通"),
        ("故障", "DNS resolution fails from time to time"),
    ),
    "ERP": (
        ("故障", "提交采购订单时报错"),
        ("性能", "月结报表运行超过 30 分钟"),
        ("权限", "无法查看成本中心"),
        ("故障", "Posting run stops with a lock error"),
        ("数据", "物料主数据重复"),
    ),
    "桌面 Desktop": (
        ("故障", "笔记本无法开机"),
        ("故障", "打印机卡纸并离线"),
        ("软件", "办公软件激活失败"),
        ("软件", "Application crashes after the update"),
        ("性能", "电脑运行缓慢"),
        ("故障", "Docking station does not detect the second screen"),
    ),
    "VPN": (
        ("故障", "VPN 连接后立即断开"),
        ("权限", "令牌过期无法登录"),
        ("性能", "VPN slow in the evening"),
        ("配置", "出差人员无法拨入"),
    ),
    "CRM": (
        ("故障", "客户列表加载失败"),
        ("数据", "联系人导入后乱码"),
        ("故障", "Dashboard shows yesterday's figures"),
        ("权限", "新员工无 CRM 账号权限"),
    ),
}
"""Category and title by service."""

CAUSES = (
    ("配置错误 Misconfiguration", "更正配置并复核"),
    ("硬件故障 Hardware fault", "更换部件"),
    ("软件缺陷 Software defect", "Installed the vendor's fix"),
    ("使用问题 User error", "指导用户操作"),
    ("容量不足 Capacity", "扩容并加监控"),
)

CHANGE_TITLES = {
    "邮件 Email": ("邮件网关证书更新", "Raise the mailbox quota"),
    "办公网络 Network": ("核心交换机固件升级", "Replace access switches on floor 3"),
    "ERP": ("ERP 月度补丁", "Move the ERP batch window"),
    "桌面 Desktop": ("办公软件批量升级", "Roll out the new client image"),
    "VPN": ("VPN 网关策略调整", "Renew the VPN server certificate"),
    "CRM": ("CRM 版本发布", "Add an index to the contact table"),
}

COMMENTS = {
    5: ("处理很快,满意", "Quick and friendly", None, None),
    4: ("不错", "Solved, thank you", None, None),
    3: ("一般", None, None),
    2: ("等待时间太长", "Had to ask twice", None),
    1: ("问题反复出现", "很不满意,影响工作", None),
}

RESOURCES: tuple[tuple[str, str, str, float, float], ...] = (
    ("erp-db-01", "ERP", "cpu", 0.46, 0.80),
    ("erp-db-01", "ERP", "memory", 0.68, 0.90),
    ("san-01", "ERP", "storage", 0.52, 0.85),
    ("mail-01", "邮件 Email", "cpu", 0.31, 0.80),
    ("mail-01", "邮件 Email", "storage", 0.48, 0.85),
    ("core-sw-01", "办公网络 Network", "network", 0.34, 0.70),
    ("vpn-gw-01", "VPN", "network", 0.41, 0.70),
    ("crm-app-01", "CRM", "memory", 0.57, 0.90),
)
"""Resource, service, kind, usual utilisation, threshold."""

FLAWS = (
    "操作系统安全补丁缺失",
    "弱口令账号",
    "Outdated TLS version accepted",
    "Web server discloses its version",
    "数据库端口对办公网开放",
    "Certificate expires within 30 days",
    "终端防病毒库过期",
)

REQUESTS: dict[str, tuple[tuple[str, str], ...]] = {
    "邮件 Email": (("权限", "开通共享邮箱"), ("配置", "Change the display name"), ("权限", "加入通讯组")),
    "办公网络 Network": (("配置", "新增网口"), ("权限", "Guest network for visitors"), ("配置", "固定 IP 地址申请")),
    "ERP": (("权限", "开通采购模块权限"), ("数据", "Extract of the cost centres"), ("权限", "岗位变动调整角色")),
    "桌面 Desktop": (
        ("设备", "领用笔记本"),
        ("软件", "安装设计软件"),
        ("设备", "Second screen"),
        ("软件", "Project licence"),
    ),
    "VPN": (("权限", "开通 VPN 账号"), ("设备", "Replace a lost token")),
    "CRM": (("权限", "新员工开通 CRM"), ("数据", "Merge duplicate contacts")),
}
"""Category and title by service."""

IMPROVEMENTS: tuple[tuple[str, str, str, str], ...] = (
    ("incident", "服务台主管 Service desk lead", "缩短邮件类事件处理时间", "处理时间超标"),
    (
        "incident",
        "服务台主管 Service desk lead",
        "Write knowledge articles for repeated incidents",
        "Repeated incidents",
    ),
    ("change", "变更经理 Change manager", "补充回退演练", "变更失败"),
    ("problem", "问题经理 Problem manager", "缩短原因查明时间", "问题积压"),
    ("capacity", "容量经理 Capacity manager", "Extend the storage earlier", "Threshold nearly reached"),
    ("security", "安全经理 Security manager", "修复时限纳入考核", "漏洞逾期"),
    ("reporting", "报告经理 Report manager", "数据提交提醒提前两天", "数据提交迟延"),
    (
        "satisfaction",
        "业务关系经理 Business relationship manager",
        "Call back who scores below 3",
        "Low scores",
    ),
)
"""Process, owner, title, cause."""
