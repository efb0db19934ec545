"""Calls of openstacksdk whose exchanges were once captured from the real server, each with the topic and title of its capture.

Makes a project and a user of its own, makes the calls in order and prints, as lines of JSON, the last exchange of each.
"""

import json
import os
import sys

import openstack
import requests
from openstack import exceptions

OUT = sys.stdout
last = {}
send = requests.Session.send


def remember(session, request, **options):
    response = send(session, request, **options)
    last.update(
        method=request.method,
        path=request.path_url,
        body=read(request.body),
        status=response.status_code,
        answer=read(response.content),
    )
    return response


def read(content):
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None


requests.Session.send = remember


def call(topic, title, work):
    last.clear()
    result, failure = None, None
    try:
        result = work()
    except exceptions.HttpException:
        pass  # The answer says it all.
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"
    OUT.write(json.dumps({"topic": topic, "title": title, "failure": failure, "exchange": dict(last)}) + "\n")
    OUT.flush()
    return result


def id_of(thing):
    return getattr(thing, "id", "00000000-0000-0000-0000-000000000000")


admin = openstack.connect(cloud="netloom")
project = admin.identity.create_project(name="demo", domain_id="default")
user = admin.identity.create_user(name="demo", password="demo-secret", domain_id="default")
role = admin.identity.find_role("member")
admin.identity.assign_project_role_to_user(project, user, role)
# Nothing of the admin's clouds.yaml must get into this one.
member = openstack.connect(
    load_yaml_config=False,
    load_envvars=False,
    auth={
        "auth_url": admin.config.auth["auth_url"],
        "username": "demo",
        "password": "demo-secret",
        "project_name": "demo",
        "user_domain_id": "default",
        "project_domain_id": "default",
    },
    region_name="RegionOne",
)
a, m = admin.network, member.network
public = os.environ["PUBLIC_NETWORK"]

net = id_of(call("networks", "create [member]", lambda: m.create_network(name="net1", is_admin_state_up=True)))
call("networks", "the same network seen by admin", lambda: a.get_network(net))
call(
    "networks",
    "update [member]",
    lambda: m.update_network(net, name="net1-renamed", is_admin_state_up=False),
)
call("networks", "update back [member]", lambda: m.update_network(net, name="net1", is_admin_state_up=True))
vlan = {"provider_network_type": "vlan", "provider_physical_network": "default", "provider_segmentation_id": 1234}
call(
    "networks",
    "create provider vlan",
    lambda: a.create_network(name="vlan1", is_shared=True, mtu=1400, description="d", **vlan),
)
call("networks", "provider segment in use", lambda: a.create_network(name="vlan2", **vlan))
call("networks", "member asks for shared [member]", lambda: m.create_network(name="x", is_shared=True))
gone = id_of(call("networks", "create and delete", lambda: a.create_network(name="gone")))
call("networks", "delete", lambda: a.delete_network(gone))

v4 = id_of(
    call(
        "subnets",
        "create IPv4 [member]",
        lambda: m.create_subnet(
            network_id=net,
            ip_version=4,
            cidr="10.9.0.0/24",
            name="sub1",
            dns_nameservers=["192.0.2.53"],
            host_routes=[{"destination": "192.0.2.0/24", "nexthop": "10.9.0.9"}],
            allocation_pools=[{"start": "10.9.0.10", "end": "10.9.0.100"}],
        ),
    )
)
v6 = id_of(
    call(
        "subnets",
        "create IPv6 slaac [member]",
        lambda: m.create_subnet(
            network_id=net, ip_version=6, cidr="fd00:9::/64", ipv6_ra_mode="slaac", ipv6_address_mode="slaac"
        ),
    )
)
call("subnets", "overlap [member]", lambda: m.create_subnet(network_id=net, ip_version=4, cidr="10.9.0.128/25"))
call(
    "subnets",
    "gateway inside the pool [member]",
    lambda: m.create_subnet(
        network_id=net,
        ip_version=4,
        cidr="10.8.0.0/24",
        gateway_ip="10.8.0.20",
        allocation_pools=[{"start": "10.8.0.10", "end": "10.8.0.30"}],
    ),
)
call(
    "subnets",
    "update [member]",
    lambda: m.update_subnet(
        v4,
        name="sub1b",
        dns_nameservers=["192.0.2.54", "192.0.2.55"],
        gateway_ip="10.9.0.1",
        is_dhcp_enabled=True,
        allocation_pools=[{"start": "10.9.0.10", "end": "10.9.0.200"}],
    ),
)
call("subnets", "list [member]", lambda: list(m.subnets()))

groups = call("security-groups", "list makes the default group [member]", lambda: list(m.security_groups()))
default = id_of(groups[0] if groups else None)
web = id_of(
    call(
        "security-groups",
        "create [member]",
        lambda: m.create_security_group(name="web", description="web servers"),
    )
)


def rule(title, **attributes):
    return call(
        "security-groups",
        f"{title} [member]",
        lambda: m.create_security_group_rule(security_group_id=web, direction="ingress", ether_type="IPv4", **attributes),
    )


tcp80 = {"protocol": "tcp", "port_range_min": 80, "port_range_max": 80}
http = id_of(rule("rule create", remote_ip_prefix="192.0.2.7/24", **tcp80))
rule("the same rule again", remote_ip_prefix="192.0.2.7/24", **tcp80)
rule(
    "same network, other spelling of the prefix: a new rule", remote_ip_prefix="192.0.2.0/24", **tcp80
)
rule("protocol by number", protocol=6, port_range_min=443, port_range_max=443)
rule("icmp type and code", protocol="icmp", port_range_min=8, port_range_max=0)
rule("remote group", protocol="udp", port_range_min=53, port_range_max=53, remote_group_id=web)
rule("any protocol", protocol=None)
rule("min above max", protocol="tcp", port_range_min=90, port_range_max=80)
call("security-groups", "show [member]", lambda: m.get_security_group(web))
call("security-groups", "update [member]", lambda: m.update_security_group(web, name="web2", description=""))
call(
    "security-groups",
    "rules by filter [member]",
    lambda: list(m.security_group_rules(security_group_id=web, direction="ingress")),
)
call("security-groups", "rule delete [member]", lambda: m.delete_security_group_rule(http))
call(
    "security-groups",
    "default group cannot be deleted by a member [member]",
    lambda: m.delete_security_group(default),
)
call(
    "security-groups",
    "stateless group [member]",
    lambda: m.create_security_group(name="sl", stateful=False),
)

p1 = id_of(call("ports", "create [member]", lambda: m.create_port(network_id=net, name="p1")))
call("ports", "the same port seen by admin (binding attributes)", lambda: a.get_port(p1))
p2 = id_of(
    call(
        "ports",
        "create with everything [member]",
        lambda: m.create_port(
            network_id=net,
            name="p2",
            is_admin_state_up=True,
            fixed_ips=[{"subnet_id": v4, "ip_address": "10.9.0.50"}, {"subnet_id": v6}],
            security_group_ids=[web],
            device_id="vm-1",
            device_owner="compute:nova",
            allowed_address_pairs=[{"ip_address": "10.9.0.77"}],
            extra_dhcp_opts=[{"opt_name": "bootfile-name", "opt_value": "x.0"}],
            dns_name="p2",
            description="second",
            binding_vnic_type="normal",
        ),
    )
)
call(
    "ports",
    "fixed address in use [member]",
    lambda: m.create_port(network_id=net, fixed_ips=[{"ip_address": "10.9.0.50"}]),
)
call("ports", "no port security [member]", lambda: m.create_port(network_id=net, is_port_security_enabled=False))
call("ports", "bind", lambda: a.update_port(p2, binding_host_id="host-1", binding_profile={}))
call(
    "ports",
    "update [member]",
    lambda: m.update_port(
        p2,
        name="p2b",
        security_group_ids=[],
        allowed_address_pairs=[],
        fixed_ips=[{"subnet_id": v4, "ip_address": "10.9.0.51"}],
    ),
)
call("ports", "list by device [member]", lambda: list(m.ports(device_id="vm-1")))
call("ports", "list by address [member]", lambda: list(m.ports(fixed_ips="ip_address=10.9.0.51")))

router = id_of(call("routers", "create [member]", lambda: m.create_router(name="r1", is_admin_state_up=True)))
call("routers", "the same router seen by admin", lambda: a.get_router(router))
call(
    "routers",
    "set gateway [member]",
    lambda: m.update_router(router, external_gateway_info={"network_id": public}),
)
call("routers", "add interface by subnet [member]", lambda: m.add_interface_to_router(router, subnet_id=v4))
call("routers", "add interface twice [member]", lambda: m.add_interface_to_router(router, subnet_id=v4))
call(
    "routers",
    "extra route [member]",
    lambda: m.update_router(router, routes=[{"destination": "198.51.100.0/24", "nexthop": "10.9.0.99"}]),
)
extra = {"router": {"routes": [{"destination": "198.51.101.0/24", "nexthop": "10.9.0.98"}]}}
call(
    "routers",
    "add_extraroutes [member]",
    lambda: m.add_extra_routes_to_router(m.get_router(router), extra),
)
call(
    "routers",
    "remove_extraroutes [member]",
    lambda: m.remove_extra_routes_from_router(m.get_router(router), extra),
)
call("routers", "routes off [member]", lambda: m.update_router(router, routes=[]))
call("routers", "delete in use [member]", lambda: m.delete_router(router))

fip = id_of(call("floatingips", "create [member]", lambda: m.create_ip(floating_network_id=public)))
call("floatingips", "associate [member]", lambda: m.update_ip(fip, port_id=p2))
call("floatingips", "show [member]", lambda: m.get_ip(fip))
call(
    "floatingips",
    "create with port [member]",
    lambda: m.create_ip(floating_network_id=public, port_id=p1, description="f2"),
)
call(
    "floatingips",
    "interface in use by a floating ip [member]",
    lambda: m.remove_interface_from_router(router, subnet_id=v4),
)
call("floatingips", "disassociate [member]", lambda: m.update_ip(fip, port_id=None))

scope = id_of(
    call(
        "subnetpools",
        "address scope create [member]",
        lambda: m.create_address_scope(name="as1", ip_version=4),
    )
)
pool = id_of(
    call(
        "subnetpools",
        "pool create [member]",
        lambda: m.create_subnet_pool(
            name="pool1",
            prefixes=["10.64.0.0/16", "10.65.0.0/16"],
            default_prefix_length=26,
            minimum_prefix_length=24,
            maximum_prefix_length=28,
            address_scope_id=scope,
        ),
    )
)
pooled = id_of(m.create_network(name="pooled"))
call(
    "subnetpools",
    "subnet from the pool [member]",
    lambda: m.create_subnet(network_id=pooled, ip_version=4, subnet_pool_id=pool),
)
call(
    "subnetpools",
    "pool cannot shrink [member]",
    lambda: m.update_subnet_pool(pool, prefixes=["10.64.0.0/17"]),
)

policy = id_of(
    call("qos", "policy create", lambda: a.create_qos_policy(name="gold", description="", is_shared=True))
)
call(
    "qos",
    "bandwidth limit",
    lambda: a.create_qos_bandwidth_limit_rule(policy, max_kbps=1000, max_burst_kbps=100, direction="egress"),
)
call("qos", "dscp", lambda: a.create_qos_dscp_marking_rule(policy, dscp_mark=26))
call("qos", "rule types", lambda: list(a.qos_rule_types()))

parent, child = (id_of(m.create_port(network_id=pooled, name=name)) for name in ("parent", "child"))
call(
    "trunks",
    "create [member]",
    lambda: m.create_trunk(
        name="t1",
        port_id=parent,
        sub_ports=[{"port_id": child, "segmentation_type": "vlan", "segmentation_id": 101}],
    ),
)
call("trunks", "parent in use [member]", lambda: m.create_trunk(port_id=parent))

call("agents", "availability zones", lambda: list(a.availability_zones()))
call("quotas", "default quota [member]", lambda: m.get_quota_default(project.id))
