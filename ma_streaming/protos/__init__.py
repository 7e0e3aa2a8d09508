"""Messages of the Open Data Protocol, generated from `protos/ma/streaming/open_data/v1/open_data.proto`."""
