using System.Text.Json;

namespace Darkroom.Networks;

/// <summary>
/// Reads the options of an upstream <c>config.json</c>. Keys that are not asked for are ignored; values that are not supported are refused
/// by name, all of them in one error.
/// </summary>
internal sealed class ConfigReader(JsonElement root, string kind)
{
    private const int Largest = 1 << 20;
    private readonly List<Problem> _problems = [];

    public int Integer(string name, int fallback, int least = 1) => OptionalInteger(name, least) ?? fallback;

    public int? OptionalInteger(string name, int least = 1)
    {
        if (!Find(name, out var value)) return null;
        if (TryInteger(value, least, out int number)) return number;
        Refuse(name, value, $"a whole number from {least} to {Largest}");
        return null;
    }

    public double Number(string name, double fallback) => OptionalNumber(name) ?? fallback;

    public double? OptionalNumber(string name)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)) return number;
        Refuse(name, value, "a number");
        return null;
    }

    public bool Flag(string name, bool fallback)
    {
        if (!Find(name, out var value)) return fallback;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Refuse(name, value, "true or false");
        return fallback;
    }

    /// <summary>One of the allowed words; the first is the fallback.</summary>
    public string Word(string name, params string[] allowed) => OptionalWord(name, allowed) ?? allowed[0];

    /// <summary>One of the allowed words, or null where the file has none.</summary>
    public string? OptionalWord(string name, params string[] allowed)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.String && allowed.Contains(value.GetString())) return value.GetString();
        Refuse(name, value, $"one of {string.Join(", ", allowed)}");
        return null;
    }

    /// <summary>A list of words, each one of the allowed.</summary>
    public IReadOnlyList<string> Words(string name, IReadOnlyList<string> fallback, params string[] allowed)
    {
        if (!Find(name, out var value)) return fallback;
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is > 0 and <= 64
            && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && allowed.Contains(item.GetString())))
        {
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        }
        Refuse(name, value, $"a list of {string.Join(", ", allowed)}");
        return fallback;
    }

    /// <summary>A list of whole numbers.</summary>
    public IReadOnlyList<int> Integers(string name, IReadOnlyList<int> fallback)
    {
        if (!Find(name, out var value)) return fallback;
        if (TryIntegers(value, out var numbers)) return numbers;
        Refuse(name, value, "a list of whole numbers");
        return fallback;
    }

    /// <summary>One number for all <paramref name="count"/> levels or a list of one for each.</summary>
    public IReadOnlyList<int> IntegerPerLevel(string name, int count, int fallback)
    {
        if (!Find(name, out var value)) return [.. Enumerable.Repeat(fallback, count)];
        if (TryInteger(value, 1, out int number)) return [.. Enumerable.Repeat(number, count)];
        if (TryIntegers(value, out var numbers) && numbers.Count == count) return numbers;
        Refuse(name, value, $"a whole number or a list of {count}");
        return [.. Enumerable.Repeat(fallback, count)];
    }

    /// <summary>Refuses any value of an option but those whose behaviour is implemented.</summary>
    public void Only(string name, params object?[] supported)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(name, out var value)) return;
        if (supported.Any(one => Same(value, one))) return;
        Refuse(name, value, string.Join(" or ", supported.Select(one => one is null ? "null" : JsonSerializer.Serialize(one))));
    }

    /// <summary>A text of at most <paramref name="longest"/> characters, or null where the file has none.</summary>
    public string? OptionalText(string name, int longest)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= longest) return text;
        Refuse(name, value, $"a text of 1 to {longest} characters");
        return null;
    }

    public bool Has(string name) => Find(name, out _);

    public void Refuse(string name, string what) => _problems.Add(new Problem(what, name));

    public void ThrowIfRefused()
    {
        if (_problems.Count > 0) throw new DarkroomException(ErrorKind.BadFile, _problems);
    }

    private void Refuse(string name, JsonElement value, string wanted)
    {
        string text = value.GetRawText();
        if (text.Length > 80) text = text[..80] + "...";
        _problems.Add(new Problem($"The {kind} configuration has {text}; supported is {wanted}.", name));
    }

    private bool Find(string name, out JsonElement value)
    {
        value = default;
        return root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private static bool TryInteger(JsonElement value, int least, out int number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number) && number >= least && number <= Largest;
    }

    private static bool TryIntegers(JsonElement value, out IReadOnlyList<int> numbers)
    {
        numbers = [];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > 64) return false;
        var list = new List<int>();
        foreach (var item in value.EnumerateArray())
        {
            if (!TryInteger(item, 1, out int number)) return false;
            list.Add(number);
        }
        numbers = list;
        return true;
    }

    private static bool Same(JsonElement value, object? one) => (value.ValueKind, one) switch
    {
        (JsonValueKind.Null, null) => true,
        (JsonValueKind.True, true) or (JsonValueKind.False, false) => true,
        (JsonValueKind.Number, int number) => value.GetDouble() == number,
        (JsonValueKind.Number, double number) => value.GetDouble() == number,
        (JsonValueKind.String, string text) => value.GetString() == text,
        (JsonValueKind.Array, _) => value.EnumerateArray().All(item => Same(item, one)),
        _ => false,
    };
}
