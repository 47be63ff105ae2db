from testkit.clairdash_vendor import make_account, product, system

__all__ = ["make_account", "product", "system"]
