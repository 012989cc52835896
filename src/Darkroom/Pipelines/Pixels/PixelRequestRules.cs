namespace Darkroom.Pipelines.Pixels;

/// <summary>What a request may ask of a model of pixels; every problem at once.</summary>
internal static class PixelRequestRules
{
    public static void Check(PixelDiffusion model, PixelRequest request, IPixelClassifier? classifier)
    {
        var problems = new List<Problem>();
        void Require(bool good, string where, string what, string? remedy = null)
        {
            if (!good) problems.Add(new Problem(what, where, remedy));
        }
        int classes = model.Classes.Count;
        string named = classes == 0 ? "" : $"0 to {classes - 1} ({string.Join(", ", model.Classes.Take(20))}{(classes > 20 ? ", ..." : "")})";
        Require(request.Count >= 1, "--count", $"It is {request.Count}, but must be at least 1.");
        Require(request.Steps >= 1, "--steps", $"It is {request.Steps}, but must be at least 1.");
        Require(request.BatchSize >= 1, "--batch", $"It is {request.BatchSize}, but must be at least 1.");
        Require(request.Eta is null or (>= 0 and <= 1), "--eta", $"It is {request.Eta}, but must lie within 0 and 1.");
        Require(double.IsFinite(request.Guidance) && request.Guidance >= 0, "--guidance", $"It is {request.Guidance}, but must be at least 0.");
        Require(double.IsFinite(request.ClassifierScale) && request.ClassifierScale >= 0, "--classifier-scale",
            $"It is {request.ClassifierScale}, but must be at least 0.");
        if (classes == 0)
        {
            Require(request.Classes.Count == 0 || classifier is not null, "--class", "The model has no classes.", "Leave it out, or give a classifier to guide with.");
            Require(request.Guidance == 1, "--guidance", "The model has no classes, so that there is nothing to guide to.", "Leave it out.");
        }
        else
        {
            foreach (int wrong in request.Classes.Where(c => c < 0 || c >= classes).Distinct())
                problems.Add(new Problem($"There is no class {wrong}.", "--class", $"There are {named}."));
            Require(request.Classes.Count > 0 || model.HasNullClass, "--class", "The model was trained with classes and without a null class, so it needs one.",
                $"There are {named}.");
            Require(request.Guidance == 1 || model.HasNullClass, "--guidance", "Classifier-free guidance needs a model that was trained with a null class; this one wasn't.",
                "Leave it out, or guide with a classifier.");
        }
        if (request.ClassifierScale > 0) Require(classifier is not null, "--classifier-scale", "It needs a classifier.", "Name one with --classifier.");
        if (classifier is not null) CheckClassifier(model, request, classifier, Require);
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }

    /// <summary>What a super-resolution model may be given.</summary>
    public static void CheckCascade(PixelDiffusion model, TorchSharp.torch.Tensor small, PixelRequest request, int noise)
    {
        if (model.Small is not { } known)
            throw new DarkroomException(ErrorKind.InvalidRequest, "This is not a super-resolution model.", "--cascade", "Train one with darkroom train pixel --config emoji-cascade-32.");
        var problems = new List<Problem>();
        long[] shape = small.shape;
        if (shape.Length != 4 || shape[1] != 3 || shape[2] != known.Edge || shape[3] != known.Edge)
            problems.Add(new Problem($"The small pictures are [{string.Join(", ", shape)}], but the model makes pictures of {known.Edge} x {known.Edge} larger.", "--cascade"));
        else if (shape[0] != request.Count)
            problems.Add(new Problem($"There are {shape[0]} small pictures for {request.Count}.", "--count"));
        if (noise < 0 || noise > known.LargestNoise)
            problems.Add(new Problem($"It is {noise}, but the model was trained on 0 to {known.LargestNoise}.", "--cascade-noise"));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }

    private static void CheckClassifier(PixelDiffusion model, PixelRequest request, IPixelClassifier classifier, Action<bool, string, string, string?> require)
    {
        int classes = model.Classes.Count;
        require(request.Classes.Count > 0, "--class", "Classifier guidance needs a class to guide to.", $"The classifier knows 0 to {classifier.ClassCount - 1}.");
        require(classes == 0 || classifier.ClassCount == classes, "--classifier",
            $"The classifier tells {classifier.ClassCount} classes apart, but the model has {classes}.", "Use the classifier that was trained on the model's classes.");
        require(classes > 0 || request.Classes.All(c => c >= 0 && c < classifier.ClassCount), "--class",
            "There is no such class.", $"The classifier knows 0 to {classifier.ClassCount - 1}.");
        require(classifier.Edge is null || classifier.Edge == model.Edge, "--classifier",
            $"The classifier takes pictures of {classifier.Edge} pixels, but the model makes {model.Edge}.", "Use a classifier of the model's resolution.");
    }
}
