using System.Text;

namespace Darkroom.Text.Cleaning;

/// <summary>Finds, inside text that is otherwise sound, runs of characters that are UTF-8 sequences read in a Windows encoding.</summary>
internal static class MojibakeRuns
{
    /// <summary>Characters that also stand for themselves next to such runs: blanks, dashes, quotation marks, bullet, ellipsis.</summary>
    private const string StandAlone = " –—―‘’‚“”„•…";

    private static readonly Lazy<Dictionary<char, Role>> Roles = new(MakeRoles);

    [Flags]
    private enum Role
    {
        None = 0,
        FirstOfTwo = 1,
        FirstOfThree = 2,
        FirstOfFour = 4,
        Continuation = 8,
    }

    /// <summary>The text with every run replaced. A run does not start right after a continuation, unless that one also stands for itself.</summary>
    public static string Replace(string text, Func<string, string> replacement)
    {
        StringBuilder? result = null;
        int copied = 0;
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            if (start == 0 || !IsStrictContinuation(text[start - 1]))
                while (SequenceLength(text, end) is > 0 and var length) end += length;
            if (end == start)
            {
                start++;
                continue;
            }
            result ??= new StringBuilder(text.Length);
            result.Append(text, copied, start - copied).Append(replacement(text[start..end]));
            copied = start = end;
        }
        return result is null ? text : result.Append(text, copied, text.Length - copied).ToString();
    }

    private static int SequenceLength(string text, int start)
    {
        var role = start < text.Length ? RoleOf(text[start]) : Role.None;
        if (role.HasFlag(Role.FirstOfTwo) && Continues(text, start, 1)) return 2;
        if (role.HasFlag(Role.FirstOfThree) && Continues(text, start, 2)) return 3;
        return role.HasFlag(Role.FirstOfFour) && Continues(text, start, 3) ? 4 : 0;
    }

    private static bool Continues(string text, int start, int count)
    {
        if (start + count >= text.Length) return false;
        for (int i = start + 1; i <= start + count; i++)
            if (!RoleOf(text[i]).HasFlag(Role.Continuation)) return false;
        return true;
    }

    private static bool IsStrictContinuation(char character) =>
        RoleOf(character).HasFlag(Role.Continuation) && !StandAlone.Contains(character);

    private static Role RoleOf(char character) => Roles.Value.GetValueOrDefault(character);

    private static Dictionary<char, Role> MakeRoles()
    {
        var roles = new Dictionary<char, Role> { [' '] = Role.Continuation };
        SingleByteEncoding[] encodings =
        [
            SingleByteEncoding.Latin1, SingleByteEncoding.Windows1250, SingleByteEncoding.Windows1251, SingleByteEncoding.Windows1252,
            SingleByteEncoding.Windows1253, SingleByteEncoding.Windows1254, SingleByteEncoding.Windows1257,
        ];
        foreach (var encoding in encodings)
            for (int value = 0x80; value <= 0xF3; value++)
            {
                var role = value switch
                {
                    <= 0xBF => Role.Continuation,
                    >= 0xC2 and <= 0xDF => Role.FirstOfTwo,
                    >= 0xE0 and <= 0xEF => Role.FirstOfThree,
                    0xF0 or 0xF3 => Role.FirstOfFour,
                    _ => Role.None,
                };
                char character = encoding[(byte)value];
                roles[character] = roles.GetValueOrDefault(character) | role;
            }
        return roles;
    }
}
