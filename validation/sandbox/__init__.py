"""Foreign bytes are opened only here: one throw-away child process a file, with hard limits."""

from validation.sandbox.parent import Sandbox, SandboxFault, Stopped

__all__ = ["Sandbox", "SandboxFault", "Stopped"]
