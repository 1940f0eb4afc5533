"""Starts MiniStack with stand-ins for what it lacks. docs/deploy.md lists them.

This is the only place that deviates from MiniStack, so it names everything that a test on it cannot show.
"""

import json
import re

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services.cloudformation import provisioners

# The API answers at the host name that it has on AWS. MiniStack's own is <id>.execute-api.localhost.
app._EXECUTE_API_RE = re.compile(r"^([a-f0-9]{8})\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?::\d+)?$")

# No alarm can have an expression. It becomes an alarm on a metric that does not exist.
_record_of_alarm = provisioners._cw_metric_alarm_record


def _record_without_expression(name, properties):
    if properties.get("Metrics"):
        properties = {**properties, "Metrics": None, "Namespace": "none", "MetricName": "expression"}
    return _record_of_alarm(name, properties)


provisioners._cw_metric_alarm_record = _record_without_expression

# No policy can use dynamodb:LeadingKeys. Each key of a write is checked by itself, as in a transaction on AWS.
_context_of_request = iam_actions.dynamodb_service_context
_enforce = iam_evaluator.enforce
_KEYS = "dynamodb:LeadingKeys"


def _context_with_keys(body):
    request = json.loads(body or b"{}")
    writes = [next(iter(item.values())) for item in request.get("TransactItems", [])] or [request]
    keys = [(write.get("Item") or write.get("Key") or {}).get("PK", {}).get("S") for write in writes]
    return {**_context_of_request(body), _KEYS: [key for key in keys if key]}


def _enforce_per_key(access_key_id, action, service, region, resource_arn="*", service_context=None):
    context = dict(service_context or {})
    for key in context.pop(_KEYS, []) or [None]:
        with_key = {**context, _KEYS: [key]} if key else context
        denied = _enforce(access_key_id, action, service, region, resource_arn, with_key)
        if denied:
            return denied
    return None


iam_actions.dynamodb_service_context = _context_with_keys
iam_evaluator.enforce = _enforce_per_key

app.main()
