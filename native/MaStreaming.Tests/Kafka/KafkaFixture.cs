using System;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace MaStreaming.Kafka;

/// <summary>Tests that make native objects: one after the other, because each proves that it leaves none.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class KafkaCollection : ICollectionFixture<KafkaFixture>
{
    public const string Name = "Kafka";
}

/// <summary>Loads librdkafka: the file that MA_STREAMING_LIBRDKAFKA names, or the one in the confluent-kafka wheel of <c>python3</c>.</summary>
public sealed class KafkaFixture
{
    private const string Variable = "MA_STREAMING_LIBRDKAFKA";

    private const string Search = """
        import glob, importlib.util, os
        spec = importlib.util.find_spec("confluent_kafka")
        site = os.path.dirname(os.path.dirname(spec.origin)) if spec else ""
        patterns = ("confluent_kafka.libs/librdkafka-*", "confluent_kafka/.dylibs/librdkafka*.dylib")
        print(next((f for p in patterns for f in glob.glob(os.path.join(site, p))), "") if site else "")
        """;

    public KafkaFixture()
    {
        Path = FindLibrary();
        LibRdKafkaLoader.Load(Path);
    }

    public string Path { get; }

    private static string FindLibrary()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        string path = string.IsNullOrEmpty(named) ? AskPython() : named;
        return File.Exists(path)
            ? path
            : throw new InvalidOperationException(
                $"librdkafka was not found ('{path}'): set {Variable} to the shared library, or put a python3 with confluent-kafka on PATH");
    }

    private static string AskPython()
    {
        string? environment = Environment.GetEnvironmentVariable("VIRTUAL_ENV");
        string python = environment is null ? "python3" : System.IO.Path.Combine(environment, "bin", "python3");
        using Process process = new();
        process.StartInfo = new ProcessStartInfo(python, ["-c", Search]) { RedirectStandardOutput = true };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return string.Empty;
        }

        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Trim();
    }
}
