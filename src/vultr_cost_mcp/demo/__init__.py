"""The sample account: a fictional company's Vultr account, frozen at one instant, with no network.

Names, addresses, traffic and prices are invented. ``SampleTransport`` is an httpx transport, so the
client that reads the real API reads the sample unchanged::

    httpx.AsyncClient(transport=SampleTransport(), base_url="https://api.vultr.com/v2")
"""

from __future__ import annotations

from vultr_cost_mcp.demo.data import SAMPLE_NOW
from vultr_cost_mcp.demo.transport import SampleTransport

__all__ = ["SAMPLE_NOW", "SampleTransport"]
