using Darkroom.Cli.Hosting;

return (int)CommandHost.Run(args);
