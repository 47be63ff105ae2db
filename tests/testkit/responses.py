"""What tests of the API say of an answer before they look into it."""


async def ok(request):
    """Give the answer; anything but success fails the test with what was answered."""
    response = await request
    assert response.is_success, response.text
    return response
