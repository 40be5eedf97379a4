"""Bucket policies: what the reader says of them, what `setup` says, and what an anonymous request really gets."""

import json
import urllib.error
import urllib.request

import pytest
from django.core.files.base import ContentFile

from mediastore.operations import bucket_policy, private_policy
from mediastore.operations.policy_json import canonical
from mediastore.operations.policy_reader import grants, opens_key
from mediastore.operations.statements import NAME
from mediastore.operations.wildcards import covers, matches, reaches

EVERYONE = {"AWS": ["*"]}
FILES, BUCKET = "arn:aws:s3:::BUCKET/", "arn:aws:s3:::BUCKET"


def allow(action="s3:GetObject", resource=f"{FILES}*", **more):
    entry = {"Sid": "Foreign", "Effect": "Allow", "Principal": EVERYONE, "Action": [action], "Resource": [resource]}
    return {name: value for name, value in (entry | more).items() if value is not None}


def when(operator, key, *values, **more):
    return allow(Condition={operator: {key: list(values)}}, **more)


def deny(resource, **more):
    return allow(resource=resource, Effect="Deny", **{"Sid": "Not"} | more)


def from_setup(**more):
    return allow(**{"Sid": NAME} | more)


# What each policy lets everyone do with `private/` of its bucket, or with the bucket itself.
POLICIES = [
    # the pattern of the resource
    ("the whole bucket", [allow()], "read"),
    ("the private folder", [allow(resource=f"{FILES}private/*")], "read"),
    ("one file in it", [allow(resource=f"{FILES}private/docs/b.txt")], "read"),
    ("a deeper folder", [allow(resource=f"{FILES}private/docs/*")], "read"),
    ("every PDF", [allow(resource=f"{FILES}*/*.pdf")], "read"),
    ("every PDF, by the end of the name alone", [allow(resource=f"{FILES}*.pdf")], "read"),
    ("a question mark in the folder's name", [allow(resource=f"{FILES}priv?te/*")], "read"),
    ("question marks for the whole folder", [allow(resource=f"{FILES}???????/*")], "read"),
    ("a star within the folder's name", [allow(resource=f"{FILES}p*e/docs/*")], "read"),
    ("a longer beginning", [allow(resource=f"{FILES}p*")], "read"),
    ("every bucket", [allow(resource="arn:aws:s3:::*")], "read"),
    ("another folder", [allow(resource=f"{FILES}open/*")], ""),
    ("a folder whose name begins alike", [allow(resource=f"{FILES}private2/*")], ""),
    ("a folder of the same name, elsewhere", [allow(resource=f"{FILES}open/private/*")], ""),
    ("brackets are no pattern", [allow(resource=f"{FILES}[p]rivate/*")], ""),
    ("small letters and capitals differ", [allow(resource=f"{FILES}Private/*")], ""),
    # the action
    ("all that reads", [allow("s3:Get*")], "read"),
    ("all actions", [allow("s3:*", BUCKET), allow("s3:*")], "read write delete list control"),
    ("versions", [allow("s3:GetObjectVersion")], "read"),
    ("writing", [allow("s3:PutObject")], "write"),
    ("writing into the private folder", [allow("s3:PutObject", f"{FILES}private/*")], "write"),
    ("deleting", [allow("s3:DeleteObject")], "delete"),
    ("listing", [allow("s3:ListBucket", BUCKET)], "list"),
    ("listing, with the bucket's own name", [allow("s3:List*", BUCKET)], "list"),
    ("the bucket's place", [allow("s3:GetBucketLocation", BUCKET)], ""),
    ("tags", [allow("s3:GetObjectTagging")], ""),
    ("an action in small letters", [allow("s3:getobject")], "read"),
    ("an action that nobody knows here", [allow("s3:ForceDeleteBucket", BUCKET)], "control"),
    ("deleting the bucket", [allow("s3:DeleteBucket", BUCKET)], "control"),
    ("a pattern of actions that nobody knows here", [allow("s3:PutLifecycle*", BUCKET)], "control"),
    ("replication", [allow("s3:PutReplicationConfiguration", BUCKET)], "control"),
    # the principal
    ("a star without a list", [allow(Principal="*")], "read"),
    ("a star in a text", [allow(Principal={"AWS": "*"})], "read"),
    ("a star among others", [allow(Principal={"AWS": ["arn:aws:iam::123456789012:root", "*"]})], "read"),
    ("an account", [allow(Principal={"AWS": ["arn:aws:iam::123456789012:root"]})], ""),
    ("a service", [allow(Principal={"Service": "cloudfront.amazonaws.com"})], ""),
    ("nobody's name, which MinIO takes for everyone's", [allow(Principal={"AWS": [""]})], "read"),
    ("a question mark, which MinIO takes for everyone", [allow(Principal={"AWS": ["?"]})], "read"),
    ("all but one", [allow(Principal=None, NotPrincipal={"AWS": ["arn:aws:iam::123456789012:root"]})], "read"),
    # conditions
    ("a Referer", [when("StringLike", "aws:Referer", "https://example.com/*")], "read"),
    ("no Referer of another", [when("StringNotLike", "aws:Referer", "https://evil.example/*")], "read"),
    ("a user agent", [when("StringEquals", "aws:UserAgent", "Magic")], "read"),
    ("TLS or not", [when("Bool", "aws:SecureTransport", "false")], "read"),
    ("an address", [when("IpAddress", "aws:SourceIp", "127.0.0.1/32")], "read"),
    ("all addresses but one", [when("NotIpAddress", "aws:SourceIp", "203.0.113.9/32")], "read"),
    ("a time", [when("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")], "read"),
    ("an organisation", [when("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij")], "read"),
    ("an organisation, if there is one", [when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-abcdefghij")], "read"),
    ("no organisation", [when("StringNotEquals", "aws:PrincipalOrgID", "o-abcdefghij")], "read"),
    ("whatever organisation", [when("StringLike", "aws:PrincipalOrgID", "*")], "read"),
    ("a name", [when("StringEquals", "aws:userid", "AIDAEXAMPLE")], "read"),
    ("a prefix of a listing", [when("StringLike", "s3:prefix", "open/*", action="s3:ListBucket", resource=BUCKET)], "list"),
    # Not-forms
    ("all but the private folder", [allow(Resource=None, NotResource=[f"{FILES}private/*"])], ""),
    ("all but a part of it", [allow(Resource=None, NotResource=[f"{FILES}private/docs/*"])], "read"),
    ("all but another folder", [allow(Resource=None, NotResource=[f"{FILES}open/*"])], "read"),
    ("all but what ends alike", [allow(Resource=None, NotResource=[f"{FILES}*.pdf"])], "read"),
    ("all that does not write", [allow(Action=None, NotAction=["s3:Put*"], Resource=[f"{FILES}*"])], "read delete"),
    ("all but reading", [allow(Action=None, NotAction=["s3:Get*"], Resource=[f"{FILES}*"])], "write delete"),
    # what is forbidden
    ("forbidden for everyone", [allow(), deny(f"{FILES}private/*")], ""),
    ("forbidden for a part", [allow(), deny(f"{FILES}private/docs/*")], "read"),
    ("forbidden where the Referer is another", [allow(), deny(f"{FILES}private/*", Condition={"StringNotLike": {"aws:Referer": ["https://a/*"]}})], "read"),
    ("forbidden for somebody", [allow(), deny(f"{FILES}private/*", Principal={"AWS": ["arn:aws:iam::123456789012:root"]})], "read"),
    ("forbidden in small letters, which services read in their own way", [allow(), deny(f"{FILES}private/*", action="s3:*g*")], "read"),
    ("forbidden is another action", [allow(), deny(f"{FILES}private/*", action="s3:PutObject")], "read"),
    # other sites
    ("another site's public folder", [from_setup(Sid=f"{NAME}0123456789ab", resource=f"{FILES}site/*")], ""),
    ("another site's whole bucket, of an earlier version", [from_setup()], "read"),
    ("another site's whole bucket", [from_setup(Resource=None, NotResource=[f"{FILES}private/*"])], ""),
    ("nothing", [], ""),
]  # fmt: skip


def made(statements, bucket):
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}).replace("BUCKET", bucket)
    return json.loads(text)


@pytest.mark.parametrize(("statements", "opens"), [case[1:] for case in POLICIES], ids=[case[0] for case in POLICIES])
def test_what_a_policy_opens_is_read_from_it(statements, opens):
    assert {grant.what for grant in grants(made(statements, "BUCKET"), "BUCKET", "private/")} == set(opens.split())


@pytest.mark.parametrize(
    ("operator", "value", "is_open"),
    [
        ("StringEquals", "o-abcdefghij", False),
        ("ForAnyValue:StringLike", "o-abcdefghij", False),
        ("StringLike", "*", True),
    ]
    + [
        (operator, "o-abcdefghij", True)
        for operator in ("StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals")
    ],
)
def test_on_aws_a_condition_that_needs_a_signature_closes(operator, value, is_open):
    """Other services may ignore it, as versitygw does."""
    statements = [when(operator, "aws:PrincipalOrgID", value)]
    assert bool(grants(made(statements, "BUCKET"), "BUCKET", "private/", is_aws=True)) is is_open
    assert grants(made(statements, "BUCKET"), "BUCKET", "private/")


def attempts(storage):
    """What a client without a signature can do with the private folder of a bucket, whatever headers it makes up."""
    root = f"{storage.endpoint_url}/{storage.bucket_name}"
    forged = [{}, {"Referer": "https://example.com/x"}, {"Referer": "https://a/x"}, {"User-Agent": "Magic"}]

    def answers(method, path, data=None):
        for headers in forged:
            request = urllib.request.Request(f"{root}{path}", data=data, headers=headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    yield response.status < 300
            except urllib.error.HTTPError as error:
                yield error.code == 416

    found = set()
    if any(any(answers("GET", f"/private/{name}")) for name in ("a.pdf", "docs/b.txt")):
        found.add("read")
    if any(any(answers("GET", f"/?list-type=2&prefix={prefix}")) for prefix in ("", "private/", "open/")):
        found.add("list")
    if any(any(answers("PUT", f"/private/{name}", b"new")) for name in ("new.pdf", "docs/new.txt")):
        found.add("write")
    if any(any(answers("DELETE", f"/private/{name}")) for name in ("gone.pdf", "docs/gone.txt")):
        found.add("delete")
    return found


@pytest.mark.real_s3
def test_setup_says_closed_of_no_policy_that_answers_an_anonymous_request(become, bucket):
    """All policies of the table that the server takes, one after the other on one bucket."""
    public, private = become(bucket())
    public.client.create_bucket(Bucket=public.bucket_name)
    for name in ("a.pdf", "docs/b.txt"):
        private.save(name, ContentFile(b"secret"))
    taken = 0
    for name, statements, opens in POLICIES:
        text = json.dumps(made(statements, public.bucket_name))
        try:
            if statements:
                public.client.put_bucket_policy(Bucket=public.bucket_name, Policy=text)
            else:
                public.client.delete_bucket_policy(Bucket=public.bucket_name)
        except public.client.exceptions.ClientError:
            continue  # AWS takes more than others do; the reader's word was tested above
        taken += 1
        got, step = attempts(public), private_policy.close(private, shared=True, dry_run=True)
        assert got <= set(opens.split()), f"{name}: everyone can {got}"
        assert (step.outcome == "ok") == (not opens), f"{name}: {step.outcome}, {step.note}"
        assert bool(bucket_policy.open_to_everyone(private)) == bool(opens), f"{name}: what the audit says"
    assert taken >= 40, taken


@pytest.mark.parametrize(
    ("pattern", "start", "found"),
    [
        ("a*c", "ab", True),
        ("a?c", "ab", True),
        ("a", "ab", False),
        ("*", "", True),
        ("ab", "a", True),
        ("b*", "a", False),
    ],
)
def test_a_pattern_reaches_what_begins_so(pattern, start, found):
    assert reaches(pattern, start) is found


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("a*", "a", True),
        ("*a*a", "aa", True),
        ("a?", "a", False),
        ("**", "x", True),
        ("[a]", "a", False),
        ("", "", True),
    ],
)
def test_a_pattern_matches_the_whole_text(pattern, text, found):
    assert matches(pattern, text) is found


def test_a_pattern_covers_a_folder_only_with_a_star_at_its_end():
    assert covers("b/p*", "b/private/") and covers("b/*/*", "b/private/")
    assert not covers("b/private/*.pdf", "b/private/") and not covers("b/private/x*", "b/private/")


def test_a_key_that_is_open_to_everyone_is_told_from_one_that_is_not():
    opened = {"Statement": {**allow(resource=f"{FILES}open/*")}}
    assert opens_key(opened, "BUCKET", "open/a.txt") and not opens_key(opened, "BUCKET", "private/a.txt")
    assert not opens_key({"Statement": [when("StringLike", "aws:Referer", "x")]}, "BUCKET", "open/a.txt")


def test_words_in_small_letters_are_read_like_those_of_aws():
    """versitygw takes them, and gives them back."""
    entry = {"sid": "Foreign", "effect": "Allow", "principal": "*", "action": "s3:GetObject", "resource": f"{FILES}*"}
    read = canonical(made([entry], "BUCKET"))
    assert {grant.what for grant in grants(read, "BUCKET", "private/")} == {"read"}
    assert canonical({"statement": entry})["Statement"][0]["Effect"] == "Allow"
