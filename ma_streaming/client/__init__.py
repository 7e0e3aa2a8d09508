"""The short way: sessions, parameters, samples and recordings in a line each.

    with ma_streaming.connect("localhost:9092") as client:
        table = client.read(client.sessions()[0], ["vCar*"])

It is built on the services, and has no way of its own to the broker.
"""
