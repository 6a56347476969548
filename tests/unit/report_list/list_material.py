"""A small sound list with one entry of each collection method, and its agreement."""

from pathlib import Path

LIST = """\
report_manager: manager
people:
  manager:
    title: {zh-CN: 服务报告经理, en: Report manager}
    email: manager@example.com
    user: manager
  author:
    title: {zh-CN: 报告编制人, en: Report author}
    email: author@example.com
    user: author
  head:
    title: {zh-CN: 部门负责人, en: Head of department}
    email: head@example.com
    user: head
  customer:
    title: {zh-CN: 客户代表, en: Customer representative}
    email: customer@example.com
reports:
  - key: from_database
    kind: customer
    title: {zh-CN: 月度报告, en: Monthly report}
    language: zh-CN
    department: {zh-CN: 运维部, en: Operations}
    template: customer
    requirements: {zh-CN: 按协议, en: As agreed}
    period:
      kind: month
      schedule: "0 6 1 * *"
      first: 2026-01-01
    data_source:
      incident: {system: itss, connection: itsm_sample}
    collection_method: sql
    data_collector: [head]
    author: author
    approval:
      - name: approval
        title: {zh-CN: 审批, en: Approval}
        approvers: [head]
    distribution:
      recipients: [customer, manager]
    agreement: sla
  - key: from_files
    kind: process
    title: {zh-CN: 季度报告, en: Quarterly report}
    language: en
    department: {zh-CN: 运维部, en: Operations}
    template: internal
    requirements: {zh-CN: 按协议, en: As agreed}
    period:
      kind: quarter
      schedule: 0 6 2 1,4,7,10 *
      first: 2026-04-01
    data_source:
      incident: {system: servicenow_log, file: handed_in/*.csv}
    collection_method: file
    data_collector: [head]
    author: author
    approval:
      - name: review
        title: {zh-CN: 审批, en: Approval}
        approvers: [manager, head]
    distribution: {recipients: [manager], formats: [html]}
    agreement: sla
  - key: from_register
    kind: process
    title: {zh-CN: 年度报告, en: Yearly report}
    language: en
    department: {zh-CN: 运维部, en: Operations}
    template: internal
    requirements: {zh-CN: 按协议, en: As agreed}
    period:
      kind: year
      schedule: 0 6 2 1 *
      first: 2026-01-01
    data_source:
      reporting: {system: register}
    collection_method: register
    data_collector: [manager]
    author: author
    approval:
      - name: sign_off
        title: {zh-CN: 审批, en: Approval}
        approvers: [manager]
    distribution:
      recipients: [manager]
    agreement: sla
"""
AGREEMENT = """\
key: sla
kind: sla
title: {zh-CN: 协议, en: Agreement}
versions:
  - version: "1"
    effective_from: 2025-06-01
    service_hours: {always: true}
"""
KEYS = ["from_database", "from_files", "from_register"]


def line_of(path: Path, words: str) -> int:
    """The number of the first line that contains ``words``."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)
