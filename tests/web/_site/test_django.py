"""One Django project, served in both ways that it knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.running import Program

_PROJECT = """
import asyncio

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

async def hello(request, name):
    await asyncio.sleep(0)
    return HttpResponse(f"hello {name} at {request.path}")

def form(request):
    return JsonResponse({key: request.POST.getlist(key) for key in request.POST})

def upload(request):
    return HttpResponse(str(sum(len(part) for part in request.FILES["file"].chunks())))

def parts(request):
    return StreamingHttpResponse(str(number) for number in range(5))

urlpatterns = [
    path("hello/<str:name>/", hello),
    path("form/", form),
    path("upload/", upload),
    path("parts/", parts),
]
settings.configure(
    SECRET_KEY="a test",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)
django.setup()
asgi = get_asgi_application()
wsgi = get_wsgi_application()
"""


@pytest.mark.parametrize("kind", ["asgi", "wsgi"])
def test_djangoIsServed(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("django")
    requests = pytest.importorskip("requests")
    (tmp_path / "serveddjango.py").write_text(_PROJECT)
    (tmp_path / "site.toml").write_text(
        '[services.www]\ntype = "web"\nlisten = 0\n'
        f'routes = {{ "/below" = {{ {kind} = "serveddjango:{kind}" }} }}\n'
    )
    with Program("-m", "twisted.application.twist", "up", folder=tmp_path) as program:
        port = int(program.until(r"^www +TCP +127\.0\.0\.1:(\d+)")[1])
        base = f"http://127.0.0.1:{port}/below"
        with requests.Session() as session:
            assert session.get(f"{base}/hello/ä/", timeout=20).text == "hello ä at /below/hello/ä/"
            # The slash at the end is added by a redirect, which knows where the project is mounted.
            assert session.get(f"{base}/hello/x", timeout=20).url == f"{base}/hello/x/"
            answer = session.post(f"{base}/form/", {"a": ["1", "2"]}, timeout=20)
            assert answer.json() == {"a": ["1", "2"]}
            answer = session.post(f"{base}/upload/", files={"file": b"x" * 5_000_000}, timeout=20)
            assert answer.text == "5000000"
            assert session.get(f"{base}/parts/", timeout=20).text == "01234"
            assert session.head(f"{base}/nothing/", timeout=20).status_code == 404
        program.signal()
        assert program.ended() == 0
