using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Sorts the sources and computes the digest that SourceDigest.targets describes.</summary>
public sealed class SourceDigest : Task
{
    [Required]
    public string Folder { get; set; }

    [Required]
    public ITaskItem[] Sources { get; set; }

    [Required]
    public ITaskItem[] OtherFiles { get; set; }

    [Output]
    public ITaskItem[] SortedSources { get; set; }

    [Output]
    public string Digest { get; set; }

    public override bool Execute()
    {
        SortedSources = Sources.OrderBy(RelativePath, StringComparer.Ordinal).ToArray();
        var lines = new StringBuilder();
        foreach (var file in Sources.Where(IsWritten).Concat(OtherFiles).OrderBy(RelativePath, StringComparer.Ordinal))
        {
            var contents = File.ReadAllText(FullPath(file)).Replace("\r\n", "\n");
            lines.Append(Hash(contents)).Append("  ").Append(RelativePath(file)).Append('\n');
        }

        Digest = Hash(lines.ToString());
        return true;
    }

    private static string FullPath(ITaskItem item)
    {
        return item.GetMetadata("FullPath");
    }

    private static string Hash(string text)
    {
        using (var algorithm = SHA256.Create())
        {
            var hash = algorithm.ComputeHash(new UTF8Encoding(false).GetBytes(text));
            return BitConverter.ToString(hash).Replace("-", "").ToLowerInvariant();
        }
    }

    private string RelativePath(ITaskItem item)
    {
        var path = FullPath(item);
        return (path.StartsWith(Folder, StringComparison.Ordinal) ? path.Substring(Folder.Length) : path).Replace('\\', '/');
    }

    private bool IsWritten(ITaskItem item)
    {
        var path = RelativePath(item);
        return path.StartsWith("MaStreaming/", StringComparison.Ordinal)
            && !path.StartsWith("MaStreaming/obj/", StringComparison.Ordinal)
            && !path.StartsWith("MaStreaming/bin/", StringComparison.Ordinal);
    }
}
