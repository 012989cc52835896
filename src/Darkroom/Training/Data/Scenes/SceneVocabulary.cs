namespace Darkroom.Training.Data.Scenes;

/// <summary>A thing that scenes show.</summary>
/// <param name="Name">Its one name in captions, without an article ("red apple").</param>
/// <param name="Label">The label of its pictures in <c>data/emoji/index.json</c> ("dog face" is drawn for "dog").</param>
/// <param name="TakesArticle">False for plurals and for what isn't counted ("grapes", "popcorn").</param>
public sealed record SceneObject(string Name, string Label, bool TakesArticle = true)
{
    /// <summary>The name with its article, as captions write it: "an owl", "a small red apple", "grapes".</summary>
    /// <param name="adjective">Stands before the name; may be empty.</param>
    public string Phrase(string adjective = "")
    {
        string words = adjective.Length == 0 ? Name : $"{adjective} {Name}";
        return TakesArticle ? English.WithArticle(words) : words;
    }
}

/// <summary>A named background colour.</summary>
/// <param name="Name">Its name in captions.</param>
/// <param name="Red">sRGB, 0..255.</param>
/// <param name="Green">sRGB, 0..255.</param>
/// <param name="Blue">sRGB, 0..255.</param>
public sealed record SceneColour(string Name, byte Red, byte Green, byte Blue);

/// <summary>The words of the composed scenes: objects, drawing styles and background colours, in a fixed order.</summary>
/// <remarks>
/// The objects were chosen by looking at all 720 pictures: concrete, told apart at 28 pixels, alike in the three styles, each with one plain name that is
/// not part of another's.
/// </remarks>
public static class SceneVocabulary
{
    /// <summary>The drawing styles, named as the sheets are.</summary>
    public static IReadOnlyList<string> Styles { get; } = ["noto", "twemoji", "fluent"];

    /// <summary>The background colours.</summary>
    public static IReadOnlyList<SceneColour> Colours { get; } =
    [
        new("red", 214, 48, 49), new("orange", 243, 140, 40), new("yellow", 250, 219, 80), new("green", 64, 160, 80),
        new("teal", 30, 160, 160), new("blue", 50, 100, 210), new("purple", 130, 70, 180), new("pink", 250, 165, 195),
        new("brown", 130, 85, 50), new("black", 24, 24, 26), new("gray", 140, 142, 146), new("white", 245, 245, 245),
    ];

    /// <summary>The objects.</summary>
    public static IReadOnlyList<SceneObject> Objects { get; } =
    [
        new("dog", "dog face"), new("cat", "cat face"), new("fox", "fox"), new("lion", "lion"), new("tiger", "tiger face"), new("horse", "horse face"),
        new("unicorn", "unicorn"), new("zebra", "zebra"), new("cow", "cow face"), new("pig", "pig face"), new("giraffe", "giraffe"),
        new("elephant", "elephant"), new("mouse", "mouse face"), new("rabbit", "rabbit face"), new("bear", "bear"), new("koala", "koala"),
        new("panda", "panda"), new("chicken", "chicken"), new("chick", "baby chick"), new("penguin", "penguin"), new("duck", "duck"), new("owl", "owl"),
        new("flamingo", "flamingo"), new("parrot", "parrot"), new("frog", "frog"), new("turtle", "turtle"), new("snake", "snake"), new("whale", "whale"),
        new("fish", "fish"), new("octopus", "octopus"), new("crab", "crab"), new("snail", "snail"), new("butterfly", "butterfly"),
        new("ladybug", "lady beetle"), new("spider", "spider"),
        new("rose", "rose"), new("sunflower", "sunflower"), new("pine tree", "evergreen tree"), new("palm tree", "palm tree"), new("cactus", "cactus"),
        new("maple leaf", "maple leaf"), new("mushroom", "mushroom"),
        new("grapes", "grapes", TakesArticle: false), new("watermelon", "watermelon"), new("lemon", "lemon"), new("banana", "banana"),
        new("pineapple", "pineapple"), new("red apple", "red apple"), new("green apple", "green apple"), new("pear", "pear"), new("peach", "peach"),
        new("cherries", "cherries", TakesArticle: false), new("strawberry", "strawberry"), new("avocado", "avocado"), new("eggplant", "eggplant"),
        new("carrot", "carrot"), new("broccoli", "broccoli", TakesArticle: false), new("croissant", "croissant"), new("pretzel", "pretzel"), new("cheese", "cheese wedge", TakesArticle: false),
        new("hamburger", "hamburger"), new("french fries", "french fries", TakesArticle: false), new("pizza", "pizza"), new("popcorn", "popcorn", TakesArticle: false),
        new("ice cream", "ice cream"), new("donut", "doughnut"), new("cookie", "cookie"), new("cupcake", "cupcake"), new("lollipop", "lollipop"),
        new("teapot", "teapot"), new("wine glass", "wine glass"), new("beer mug", "beer mug"),
        new("volcano", "volcano"), new("house", "house"), new("castle", "castle"), new("tent", "tent"), new("train", "locomotive"), new("bus", "bus"),
        new("car", "automobile"), new("tractor", "tractor"), new("bicycle", "bicycle"), new("sailboat", "sailboat"), new("airplane", "airplane"),
        new("helicopter", "helicopter"), new("rocket", "rocket"), new("sun", "sun"), new("planet", "ringed planet"), new("star", "star"),
        new("rainbow", "rainbow"), new("umbrella", "umbrella"), new("snowflake", "snowflake"), new("snowman", "snowman"), new("fire", "fire"),
        new("water drop", "droplet"),
        new("pumpkin", "jack-o-lantern"), new("balloon", "balloon"), new("gift", "wrapped gift"), new("trophy", "trophy"),
        new("soccer ball", "soccer ball"), new("basketball", "basketball"), new("heart", "heart suit"), new("dress", "dress"), new("backpack", "backpack"),
        new("crown", "crown"), new("top hat", "top hat"), new("bell", "bell"), new("guitar", "guitar"), new("drum", "drum"), new("telephone", "telephone"),
        new("light bulb", "light bulb"), new("pencil", "pencil"), new("key", "key"),
    ];

    /// <summary>Where an object stands in <see cref="Objects"/>, or -1.</summary>
    public static int IndexOfObject(string name) => IndexOf(Objects, o => o.Name == name);

    /// <summary>Where a colour stands in <see cref="Colours"/>, or -1.</summary>
    public static int IndexOfColour(string name) => IndexOf(Colours, c => c.Name == name);

    private static int IndexOf<T>(IReadOnlyList<T> list, Func<T, bool> matches)
    {
        for (int i = 0; i < list.Count; i++)
            if (matches(list[i])) return i;
        return -1;
    }
}

/// <summary>The little English that captions need.</summary>
internal static class English
{
    /// <summary>"a" or "an" before a phrase, by its first letter; "unicorn" is the vocabulary's only exception.</summary>
    public static string WithArticle(string phrase) =>
        ("aeiou".Contains(phrase[0]) && !phrase.StartsWith("uni", StringComparison.Ordinal) ? "an " : "a ") + phrase;
}
