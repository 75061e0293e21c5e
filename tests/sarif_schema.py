# SPDX-License-Identifier: Apache-2.0
"""Reads SARIF files into the classes that python3-sarif-python-om has from the standard's schema.

A property that the schema does not know, one that it demands and that is missing, a list where it wants
an object: each is told with its place, and the status is 1.
"""
import json
import sys

import attr
import sarif_om

# Which class stands behind a property; where two share a name, the owner goes first.
CLASS_OF = {
    "artifactLocation": "ArtifactLocation", "artifacts": "Artifact", "codeFlows": "CodeFlow",
    "defaultConfiguration": "ReportingConfiguration", "driver": "ToolComponent",
    "fullDescription": "MultiformatMessageString", "help": "MultiformatMessageString",
    "invocations": "Invocation", "locations": "Location", "location": "Location", "message": "Message",
    "logicalLocations": "LogicalLocation", "physicalLocation": "PhysicalLocation", "region": "Region", "relatedLocations": "Location",
    "results": "Result", "rules": "ReportingDescriptor", "runs": "Run",
    "shortDescription": "MultiformatMessageString", "snippet": "ArtifactContent",
    "threadFlows": "ThreadFlow", "tool": "Tool", "toolExecutionNotifications": "Notification",
    "Artifact.location": "ArtifactLocation", "Artifact.description": "Message",
    "ArtifactLocation.description": "Message", "ThreadFlow.locations": "ThreadFlowLocation",
}
# Maps whose keys are the writer's own.
OPEN = {"hashes", "partialFingerprints", "properties", "state"}


def faults_of(value, name, place):
    """Yields what the class called name has against value."""
    if not isinstance(value, dict):
        yield f"{place}: no object"
        return
    fields = {f.metadata["schema_property_name"]: f for f in attr.fields(getattr(sarif_om, name))}
    for missing in (n for n, f in fields.items() if f.default is attr.NOTHING and n not in value):
        yield f"{place}: {name} without {missing}"
    for key, inner in value.items():
        where = f"{place}.{key}"
        if key not in fields:
            yield f"{where}: {name} knows no such property"
        elif key == "originalUriBaseIds":
            for base, address in inner.items():
                yield from faults_of(address, "ArtifactLocation", f"{where}.{base}")
        elif key not in OPEN:
            yield from faults_within(inner, CLASS_OF.get(f"{name}.{key}", CLASS_OF.get(key)), where)


def faults_within(inner, name, where):
    if isinstance(inner, list) and name:
        for i, one in enumerate(inner):
            yield from faults_of(one, name, f"{where}[{i}]")
    elif name:
        yield from faults_of(inner, name, where)
    elif isinstance(inner, dict) or (isinstance(inner, list) and any(isinstance(i, dict) for i in inner)):
        yield f"{where}: an object whose class this test does not know"


def main(files):
    faults = []
    for file in files:
        with open(file, encoding="utf-8") as f:
            log = json.load(f)
        log.pop("$schema", None)
        faults += [f"{file}: {fault}" for fault in faults_of(log, "SarifLog", "log")]
    for fault in faults[:20]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
