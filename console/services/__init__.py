"""What runs beside the screen: asyncio, without Textual."""
