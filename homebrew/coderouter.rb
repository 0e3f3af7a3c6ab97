# The formula, as far as it does not depend on a release. Before it is published, the three places marked
# RELEASE are filled in: `homepage`, then `url` and `sha256` of the release's source archive, then one
# `resource` block per dependency, written by `brew update-python-resources coderouter`.
class Coderouter < Formula
  include Language::Python::Virtualenv

  desc "Routes requests of coding clients to the cheapest model that is good enough"
  # RELEASE: homepage
  # RELEASE: url, sha256
  license "MIT"

  depends_on "rust" => :build # pydantic-core; on Linux cryptography, too
  depends_on "python@3.13"

  on_linux do
    depends_on "pkgconf" => :build
    depends_on "openssl@3" # cryptography, which the Secret Service needs
  end

  # RELEASE: resource blocks

  def install
    virtualenv_install_with_resources

    bash_completion.install "completions/coderouter.bash" => "coderouter"
    zsh_completion.install "completions/_coderouter"
    fish_completion.install "completions/coderouter.fish"
  end

  service do
    run [opt_bin/"coderouter", "serve"]
    keep_alive crashed: true
    log_path var/"log/coderouter.log"
    error_log_path var/"log/coderouter.log"
  end

  def caveats
    <<~EOS
      Set up your keys and your clients:
        coderouter init

      Let the system run the daemon from now on:
        coderouter stop && brew services start coderouter

      BEFORE you uninstall this formula, give your clients their own settings back.
      Homebrew cannot do that, and a client that still points here hangs:
        brew services stop coderouter
        coderouter uninstall
    EOS
  end

  test do
    ENV["CODEROUTER_HOME"] = (testpath/"coderouter").to_s

    assert_match version.to_s, shell_output("#{bin}/coderouter --version")
    assert_match "not running", shell_output("#{bin}/coderouter status", 69)
    assert_match "ANTHROPIC_API_KEY", shell_output("#{bin}/coderouter init --yes --key-store env 2>&1", 78)

    ENV["ANTHROPIC_API_KEY"] = "not-a-real-key"
    preview = shell_output("#{bin}/coderouter init --dry-run --key-store env --client claude-code")
    assert_match "ANTHROPIC_BASE_URL", preview
    refute_path_exists testpath/".claude"
    refute_path_exists testpath/"coderouter"
  end
end
