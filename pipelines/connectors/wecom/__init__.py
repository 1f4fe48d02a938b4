"""WeCom and WeChat official accounts: signatures and sealed messages of their callbacks."""
