using Darkroom.Imaging;
using Darkroom.Lecture;
using Darkroom.Tests.Docs;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Lecture;

public class LecturePageTests
{
    private const int MostBytes = 60_000;

    private static readonly string Folder = Path.Combine(GoldenData.RepositoryRoot, "docs", "lecture");

    // Property: each page has a document that links to code, runs the page's command and shows its picture; the documents' test runs it and compares.
    [Fact]
    public void Every_page_has_its_document()
    {
        Assert.Equal(Enumerable.Range(1, 10), LecturePage.All.Select(p => p.Number));
        string contents = File.ReadAllText(Path.Combine(Folder, "README.md"));
        Assert.All(LecturePage.All, page =>
        {
            string document = Path.Combine(Folder, page.FileName + ".md"), text = File.ReadAllText(document);
            Assert.Contains($"]({page.FileName}.md)", contents, StringComparison.Ordinal);
            Assert.Contains("](../../src/Darkroom/", text, StringComparison.Ordinal);
            Assert.Contains("$$", text, StringComparison.Ordinal);
            Assert.Contains(MarkdownDocument.Read(document).Blocks, b =>
                b.SkipReason is null && b.Text.Split('\n').Contains($"darkroom lecture {page.Name} --output pictures"));
            Assert.Equal([Path.Combine(Folder, "images", page.FileName + ".png")], DocumentPictures.Shown(document));
        });
        Assert.Equal(LecturePage.All.Select(p => p.FileName + ".md").Append("README.md").Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Folder, "*.md").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
    }

    // Property: pictures are small files of one width, and no two of them are so alike that the comparison would take one for the other.
    [Fact]
    public void Pictures_are_small_and_differ()
    {
        string[] files = Directory.GetFiles(Path.Combine(Folder, "images"), "*.png");
        Assert.Equal(LecturePage.All.Count + 1, files.Length);
        Assert.All(files, f => Assert.InRange(new FileInfo(f).Length, 1, MostBytes));
        var pictures = files.Select(Picture.Load).ToList();
        Assert.All(pictures, p => Assert.Equal(960, p.Width));
        for (int i = 0; i < pictures.Count; i++)
        {
            for (int j = 0; j < i; j++)
                Assert.True(DocumentPictures.Distance(pictures[i], pictures[j]) > 5, $"{files[i]} and {files[j]} are alike");
        }
    }

    // Property: a page draws the same picture at every call.
    [Fact]
    public void Pages_repeat()
    {
        var page = LecturePage.All.Single(p => p.Name == "forward-process");
        Assert.Equal(page.Draw().Pixels.ToArray(), page.Draw().Pixels.ToArray());
    }
}
