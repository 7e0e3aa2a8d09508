"""Register a list of parameters and an event, and list the formats of a data source.

python data_formats.py BROKER DATA_SOURCE EVENT PARAMETER [PARAMETER ...]
"""

import sys

from ma_dataplatforms_streaming_support_library.contracts.data_format_management.i_data_format_management_service import (
    IDataFormatManagementService,
)
from ma_dataplatforms_streaming_support_library.contracts.shared.stream_api_configuration import (
    StreamingApiConfiguration,
)
from ma_dataplatforms_streaming_support_library.core.base.logger import ILogger
from ma_dataplatforms_streaming_support_library.core.base.support_library_bootstrapper import SupportLibraryBootstrapper
from screen_logger import ScreenLogger


def register(formats: IDataFormatManagementService, data_source: str, event: str, parameters: list[str]) -> None:
    parameter_format = formats.get_parameter_data_format_id(data_source, parameters)
    event_format = formats.get_event_data_format_id(data_source, event)
    if parameter_format.data is None or event_format.data is None:
        sys.exit(f"not registered: {parameter_format.message} {event_format.message}")
    known = formats.get_parameters_list(data_source, parameter_format.data.data_format_id)
    known_event = formats.get_event(data_source, event_format.data.data_format_id)
    if known.data is not None and known_event.data is not None:
        print(f"PARAMETERS {parameter_format.data.data_format_id} {known.data.parameter_list}")
        print(f"EVENT {event_format.data.data_format_id} {known_event.data.event_name}")


def show_all(formats: IDataFormatManagementService, data_source: str, logger: ILogger) -> None:
    response = formats.get_data_source_data_format_info(data_source)
    for info in response.data or []:
        print(f"FORMAT {info.data_format_info_type.name} {info.data_formats} {info.identifiers}")
    unknown = formats.get_event(data_source, 1)
    if not unknown.success:
        logger.warning(f"format 1: {unknown.error_message}")


def main() -> None:
    broker, data_source, event, *parameters = sys.argv[1:]
    logger = ScreenLogger("formats")
    configuration = StreamingApiConfiguration(broker_url=broker)
    library = SupportLibraryBootstrapper.bootstrap(configuration, logger).create()
    library.initialise()
    library.start()
    formats = library.get_data_format_manager_api().create_service().data
    if formats is None:
        sys.exit("no data format service")
    formats.initialise()
    formats.start()
    register(formats, data_source, event, parameters)
    show_all(formats, data_source, logger)
    formats.stop()
    library.stop()


if __name__ == "__main__":
    main()
