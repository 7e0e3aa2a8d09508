using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;
using Xunit;

namespace MaStreaming.DataFormatManagement;

/// <summary>Look-up and resolution of wire contract 4.</summary>
public sealed class DataFormatStoreTests
{
    private readonly DataFormatStore _store = new(new LogQueue());

    [Fact]
    public void Every_id_of_a_list_resolves_and_the_first_is_the_one_to_use()
    {
        Define(7, "a:x", "b:x");
        Define(9, "a:x", "b:x");

        DataFormat format = Assert.IsType<DataFormat>(_store.Find("Car", DataFormatType.Parameter, ["a:x", "b:x"]));
        Assert.Equal([7ul, 9ul], format.Ids);
        Assert.Equal(format, _store.Find("Car", DataFormatType.Parameter, 9));
    }

    [Fact]
    public void Order_and_commas_tell_lists_apart()
    {
        Define(1, "a", "b");
        Define(2, "b", "a");
        Define(3, "a,b");

        Assert.Equal(2ul, _store.Find("Car", DataFormatType.Parameter, ["b", "a"])?.Ids[0]);
        Assert.Equal(3ul, _store.Find("Car", DataFormatType.Parameter, ["a,b"])?.Ids[0]);
    }

    [Fact]
    public void The_first_definition_of_an_id_holds_and_another_one_is_counted()
    {
        Define(1, "a");
        Define(1, "b");
        Define(1, "a");

        Assert.Equal(["a"], _store.Find("Car", DataFormatType.Parameter, 1)?.Identifiers);
        Assert.Equal(1, _store.Redefined);
    }

    [Fact]
    public void Ids_of_events_and_parameters_are_apart()
    {
        Apply(new DataFormatDefinitionPacket { Identifier = 1, Type = DataFormatType.Event, EventIdentifier = "e:x" });

        Assert.Null(_store.Find("Car", DataFormatType.Parameter, 1));
        Assert.Equal(["e:x"], _store.Find("Car", DataFormatType.Event, 1)?.Identifiers);
    }

    [Fact]
    public void Data_sources_do_not_share_formats()
    {
        Define(1, "a");

        Assert.Null(_store.Find("Car2", DataFormatType.Parameter, 1));
    }

    [Fact]
    public void Other_essentials_are_passed_over()
    {
        _store.SinkFor("Car").Apply(new StateRecord(true, 1, 0, true), Packet.Encode("Configuration", "k", true, 0, [0xFF]));
        _store.SinkFor("Car").Apply(new StateRecord(true, 1, 0, true), [0xFF]);

        Assert.Empty(_store.All("Car"));
    }

    private void Define(ulong id, params string[] parameters) =>
        Apply(new DataFormatDefinitionPacket { Identifier = id, Type = DataFormatType.Parameter, ParameterIdentifiers = parameters });

    private void Apply(DataFormatDefinitionPacket definition) =>
        _store.SinkFor("Car").Apply(new StateRecord(true, 1, 0, true), Packet.Encode("DataFormatDefinition", "", true, 0, definition.ToBytes()));
}
